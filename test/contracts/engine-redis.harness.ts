import { createClient } from '@redis/client';
import type { EngineNode, Machine } from '@holdfast/domain';
import { RedisEngine, type RedisFlavour } from '@holdfast/infra/engines/redis';
import { credentialsOf, type EngineHarness, type RowClient } from './engine.harness.js';

export const REDIS_CREDENTIALS = credentialsOf();

export const SERVICE = 'redis';
/** Small enough for three servers beside other tests. */
const MEMORY_BYTES = 64 * 1024 * 1024;
export const PORT = 6379;
const ROWS = 'row_written';
/** Far above what a test lets a replica be away. */
const WAIT_TIMEOUT_MS = 60_000;

export type Ask = (...command: string[]) => Promise<unknown>;

export interface Connection {
  readonly ask: Ask;
  close(): void;
}

/** A plain connection that breaks when its server does. */
export const connectTo = async (address: { host: string; port: number }, login: { user: string; password: string }): Promise<Connection> => {
  const client = createClient({ username: login.user, password: login.password, RESP: 2, socket: { ...address, connectTimeout: 30_000, reconnectStrategy: false }, disableOfflineQueue: true });
  client.on('error', () => undefined);
  await client.connect();
  return { ask: (...command) => client.sendCommand(command), close: () => client.destroy() };
};

/** One question as the superuser, unless told otherwise. */
export const ask = async (node: EngineNode, command: string[], login: { user: string; password: string } = REDIS_CREDENTIALS.superuser): Promise<unknown> => {
  const connection = await connectTo({ host: node.machine.address, port: node.port }, login);
  try {
    return await connection.ask(...command);
  } finally {
    connection.close();
  }
};

/**
 * A client that wants certainty: where the cluster is synchronous, a write is acknowledged to it once WAIT says that a replica has
 * it. The server alone would answer before.
 */
const rowsOf = ({ ask: send, close }: Connection): RowClient => {
  let synchronous = false;
  return {
    prepare: async () => {
      synchronous = String(await send('INFO', 'replication')).includes('min_slaves_good_slaves');
    },
    write: async (id) => {
      if (Number(await send('SADD', ROWS, String(id))) !== 1) throw new Error(`Row ${id} is there already.`);
      if (synchronous && Number(await send('WAIT', '1', String(WAIT_TIMEOUT_MS))) < 1) throw new Error('No replica has it.');
    },
    read: async () => ((await send('SMEMBERS', ROWS)) as string[]).map(Number).sort((one, other) => one - other),
    close: async () => close(),
  };
};

/** Valkey or Redis on machines whose processes run on this computer. */
export const redisHarness = (
  flavour: RedisFlavour,
  version: string,
  createMachine: (name: string, port: number) => Promise<Machine>,
  destroy: () => Promise<void>,
): EngineHarness => ({
  engine: new RedisEngine(flavour),
  credentials: REDIS_CREDENTIALS,
  createNode: async (name) => ({ machine: await createMachine(name, PORT), name, port: PORT, engineVersion: version, memoryBytes: MEMORY_BYTES }),
  connect: async (node) => rowsOf(await connectTo({ host: node.machine.address, port: node.port }, REDIS_CREDENTIALS.application)),
  reservationsOn: async (node) => ((await ask(node, ['ACL', 'USERS'])) as string[]).filter((user) => user.startsWith(`${REDIS_CREDENTIALS.replication.user}:`)),
  freeze: async (node) => {
    const { pid } = await node.machine.serviceStatus(SERVICE);
    if (pid === undefined) throw new Error(`${node.name} does not run.`);
    process.kill(pid, 'SIGSTOP');
    return async () => void process.kill(pid, 'SIGCONT');
  },
  wayAfterDivergence: 'clone',
  wayAfterAbsence: 'clone',
  makeRewindImpossible: async () => undefined,
  midCopyMs: 10,
  leaveHalfCopy: async ({ machine }) => {
    await machine.writeFile('copy-unfinished', '');
    await machine.run({ argv: ['mkdir', '-p', `${machine.dataDirectory}/data/appendonlydir`], timeoutMs: 10_000 });
    await machine.writeFile('data/temp-7.42.rdb', 'half');
    await machine.writeFile('data/appendonlydir/appendonly.aof.manifest', 'file half');
  },
  destroy,
});
