import { expect } from '@jest/globals';
import type { ClusterNode, ExistingCluster } from '@holdfast/domain';
import { eventually } from '../api-client.js';
import type { TestStack } from '../test-stack.js';
import { readCluster, targetOf } from '../truth.js';
import { type Ask, onRedisServer } from './redis-asker.js';

/** Fixed by the protocol. */
const SLOTS = 16_384;
/** Gossip tells every node within some seconds. */
const AGREEMENT_MS_MAX = 60_000;

/** What one server says of all: one line a node that it knows, in the words of CLUSTER NODES without what changes by itself. */
const viewFrom = async (ask: Ask, nameOf: (address: string) => string): Promise<readonly string[]> => {
  const lines = String(await ask('CLUSTER', 'NODES')).trim().split('\n').map((line) => line.split(' '));
  const names = new Map(lines.map(([id = '', place = '']) => [id, nameOf(place.split('@')[0] ?? '')]));
  return lines
    .map(([id = '', , flags = '', primaryId = '', , , , link, ...slots]) => {
      const role = flags.split(',').filter((flag) => flag !== 'myself').join();
      const count = slots.filter((range) => !range.startsWith('[')).reduce((sum, range) => sum + sizeOf(range), 0);
      const open = slots.filter((range) => range.startsWith('['));
      return [names.get(id), role, link, ...(primaryId === '-' ? [] : [`of ${names.get(primaryId) ?? primaryId}`]), ...(count > 0 ? ['serves'] : []), ...open].join(' ');
    })
    .sort();
};

const sizeOf = (range: string): number => {
  const [first = 0, last = first] = range.split('-').map(Number);
  return last - first + 1;
};

const linesOf = (cluster: ExistingCluster): string[] => {
  const primaryOf = (node: ClusterNode): string => cluster.nodes.find((other) => other.shard === node.shard && other.role === 'shard-primary')?.name ?? '';
  return cluster.nodes.map((node) => (node.role === 'shard-primary' ? `${node.name} master connected serves` : `${node.name} slave connected of ${primaryOf(node)}`)).sort();
};

/** Slots that CLUSTER SLOTS gives to somebody, each once. */
const coveredIn = (ranges: unknown): number => new Set((ranges as [number, number][]).flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at))).size;

interface ServerView {
  readonly name: string;
  readonly nodes: readonly string[];
  readonly state: string | undefined;
  readonly covered: number;
  /** Of a replica: that its first copy is done and it streams; of a primary, how many stream from it. */
  readonly streaming: string | undefined;
}

const fieldIn = (info: string, field: string): string | undefined => new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1];

const askAll = (stack: TestStack, cluster: ExistingCluster): Promise<ServerView[]> => {
  const nameOf = (address: string): string => cluster.nodes.find((node) => `${node.address}:${node.port}` === address)?.name ?? address;
  return Promise.all(
    cluster.nodes.map(async (node) =>
      onRedisServer(await targetOf(stack, cluster, node), async (ask) => {
        const replication = String(await ask('INFO', 'replication'));
        return {
          name: node.name,
          nodes: await viewFrom(ask, nameOf),
          state: fieldIn(String(await ask('CLUSTER', 'INFO')), 'cluster_state'),
          covered: coveredIn(await ask('CLUSTER', 'SLOTS')),
          streaming: fieldIn(replication, node.role === 'shard-primary' ? 'connected_slaves' : 'master_link_status'),
        };
      }),
    ),
  );
};

/**
 * Every server sees exactly the nodes of the facts, in their roles and shards, and no other: nothing forgotten, failing or half met;
 * no slot is open, all are covered; replicas stream.
 */
export const shardsAreWhole = async (stack: TestStack, name: string): Promise<ExistingCluster> => {
  const cluster = await readCluster(stack, name);
  expect(cluster.nodes.map((node) => node.status)).toEqual(cluster.nodes.map(() => 'active'));
  const replicasOf = (node: ClusterNode): number => cluster.nodes.filter((other) => other.shard === node.shard).length - 1;
  const expected = cluster.nodes.map((node) => ({
    name: node.name,
    nodes: linesOf(cluster),
    state: 'ok',
    covered: SLOTS,
    streaming: node.role === 'shard-primary' ? String(replicasOf(node)) : 'up',
  }));
  let last: ServerView[] = [];
  await eventually('servers are as the facts say', AGREEMENT_MS_MAX, async () => {
    last = await askAll(stack, cluster);
    return JSON.stringify(last) === JSON.stringify(expected) ? true : undefined;
  }).catch(() => undefined); // The comparison below shows the difference.
  expect(last).toEqual(expected);
  return cluster;
};

/** Slots of each shard, as its own primary says, in the order of the shards. */
export const slotsOfShards = (stack: TestStack, cluster: ExistingCluster): Promise<number[]> =>
  Promise.all(
    [...cluster.nodes].filter((node) => node.role === 'shard-primary').sort((one, other) => Number(one.shard) - Number(other.shard)).map(async (node) =>
      onRedisServer(await targetOf(stack, cluster, node), async (ask) => {
        const own = String(await ask('CLUSTER', 'NODES')).split('\n').find((line) => line.includes('myself')) ?? '';
        return own.split(' ').slice(8).filter((range) => !range.startsWith('[')).reduce((sum, range) => sum + sizeOf(range), 0);
      }),
    ),
  );

/** Keys on all primaries together: more than were written were left behind somewhere, fewer are lost. */
export const keysOnPrimaries = async (stack: TestStack, cluster: ExistingCluster): Promise<number> => {
  const counts = await Promise.all(
    cluster.nodes.filter((node) => node.role === 'shard-primary').map(async (node) => onRedisServer(await targetOf(stack, cluster, node), async (ask) => Number(await ask('DBSIZE')))),
  );
  return counts.reduce((sum, count) => sum + count, 0);
};
