import { createClient, createCluster } from '@redis/client';
import type { ClusterNode } from '@holdfast/domain';
import type { RowConnection } from '../../../services/cli/src/demo/row-connection.js';
import { addressOf, type ServerTarget } from './server-asker.js';

/** A server that does not answer at all within this counts as gone. */
const ANSWER_MS = 2_000;
/** Rows are spread over so many keys, and so over all shards. */
const KEYS = 64;

/** What a node of a sharded cluster says of itself and of its cluster. */
export interface ShardNodeSays {
  /** Every slot is served, as it sees it, and its own link to the primary that it follows is up. */
  readonly healthy: boolean;
  /** Name of the primary that it follows. */
  readonly follows: string | undefined;
  readonly servesSlots: boolean;
  /** Names of all that it knows, itself included, sorted; an address where no member has it, `failing` where it holds one for dead. */
  readonly sees: readonly string[];
}

interface Line {
  readonly id: string;
  readonly name: string;
  readonly flags: readonly string[];
  readonly primaryId: string;
  readonly slots: readonly string[];
}

/** Lines of CLUSTER NODES: `<id> <ip:port@cport[,hostname]> <flags> <master> <ping> <pong> <epoch> <link> <slot> …`. */
const linesOf = (text: string, members: readonly ClusterNode[]): Line[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [id = '', place = '', flags = '', primaryId = '', , , , , ...slots] = line.trim().split(' ');
      const address = place.split('@')[0] ?? '';
      const name = members.find((node) => `${node.address}:${node.port}` === address)?.name ?? address;
      return { id, name: /fail|handshake|noaddr/.test(flags) ? `${name} failing` : name, flags: flags.split(','), primaryId, slots };
    });

export const askShardNode = async (target: ServerTarget): Promise<ShardNodeSays> => {
  const { user, password } = target.superuser;
  const socket = { ...addressOf(target), connectTimeout: ANSWER_MS, reconnectStrategy: false } as const;
  const client = createClient({ username: user, password, RESP: 2, socket, disableOfflineQueue: true });
  client.on('error', () => undefined); // The command says it.
  await client.connect();
  try {
    const ask = (...command: string[]): Promise<string> => client.sendCommand<string>(command);
    const [nodes, info, replication] = [await ask('CLUSTER', 'NODES'), await ask('CLUSTER', 'INFO'), await ask('INFO', 'replication')];
    const lines = linesOf(nodes, target.members);
    const self = lines.find(({ flags }) => flags.includes('myself'));
    const follows = lines.find(({ id }) => id === self?.primaryId)?.name;
    return {
      healthy: info.includes('cluster_state:ok') && info.includes('cluster_slots_ok:16384') && (follows === undefined || replication.includes('master_link_status:up')),
      follows,
      // Slots that are on their way to another node stand in brackets.
      servesSlots: (self?.slots ?? []).some((slot) => !slot.startsWith('[')),
      sees: lines.map(({ name }) => name).sort(),
    };
  } finally {
    client.destroy();
  }
};

/** For the writing client: through a library that follows the shards, as the application. Rows are members of sets. */
export const connectToShards = async (url: string, table: string): Promise<RowConnection> => {
  const { username, password } = new URL(url);
  const cluster = createCluster({
    rootNodes: [{ url }],
    defaults: { username: decodeURIComponent(username), password: decodeURIComponent(password), socket: { connectTimeout: ANSWER_MS } },
  });
  cluster.on('error', () => undefined); // The command says it.
  await cluster.connect();
  const keyOf = (id: number): string => `${table}:${id % KEYS}`;
  const all = async (): Promise<string[]> => (await Promise.all(Array.from({ length: KEYS }, (_, key) => cluster.sMembers(keyOf(key))))).flat();
  return {
    prepare: async () => (await all()).reduce((most, id) => Math.max(most, Number(id)), 0) + 1,
    write: async (id) => {
      if ((await cluster.sAdd(keyOf(id), String(id))) !== 1) throw new Error(`Row ${id} is there already.`);
    },
    idsFrom: async (first) => (await all()).filter((id) => Number(id) >= first),
    close: () => cluster.destroy(),
  };
};
