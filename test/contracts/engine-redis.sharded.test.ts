import type { EngineNode } from '@holdfast/domain';
import { RedisShardedEngine, type RedisFlavour } from '@holdfast/infra/engines/redis';
import { connectToShards } from '../support/servers/shard-client.js';
import { ask, connectTo, PORT, REDIS_CREDENTIALS, SERVICE } from './engine-redis.harness.js';
import { eventually, request } from './machine.harness.js';
import { localHarness } from './machine.local-harness.js';
import { shardedEngineContract } from './sharded-engine.contract.js';
import type { ClusterClient, ShardedHarness } from './sharded-engine.harness.js';

const SERVERS: readonly (readonly [RedisFlavour, string, 'default'?])[] = [
  ['valkey', '9', 'default'],
  ['valkey', '8'],
  ['redis', '8'],
  ['redis', '7'],
];
const wanted = process.env['HOLDFAST_TEST_REDIS'];
const chosen = SERVERS.filter(([flavour, version, byDefault]) => (wanted === undefined ? byDefault : wanted === 'all' || wanted === `${flavour}-${version}`));

const MEMORY_BYTES = 64 * 1024 * 1024;
/** Where cluster nodes talk to each other: always so far above the clients' port. */
const BUS_OFFSET = 10_000;
const RESTART_MS_MAX = 60_000;

const connect = (seeds: readonly EngineNode[]): Promise<ClusterClient> =>
  connectToShards(seeds.map((node) => ({ host: node.machine.address, port: node.port })), REDIS_CREDENTIALS.application);

/** The slot of a key that lies on `from`, opened at both ends and moved without its end. */
const leaveSlotOpen = async (from: EngineNode, to: EngineNode): Promise<void> => {
  const [fromId, toId] = [String(await ask(from, ['CLUSTER', 'MYID'])), String(await ask(to, ['CLUSTER', 'MYID']))];
  const source = await connectTo({ host: from.machine.address, port: from.port }, REDIS_CREDENTIALS.superuser);
  try {
    const key = String(await source.ask('RANDOMKEY'));
    const slot = String(await source.ask('CLUSTER', 'KEYSLOT', key));
    await ask(to, ['CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId]);
    await source.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
    const { user, password } = REDIS_CREDENTIALS.replication;
    await source.ask('MIGRATE', to.machine.address, String(to.port), '', '0', '5000', 'AUTH2', user, password, 'KEYS', key);
  } finally {
    source.close();
  }
};

const pidOf = async (node: EngineNode): Promise<number> => {
  const { pid } = await node.machine.serviceStatus(SERVICE);
  if (pid === undefined) throw new Error(`${node.name} does not run.`);
  return pid;
};

const crash = async (node: EngineNode): Promise<void> => {
  const pid = await pidOf(node);
  process.kill(pid, 'SIGKILL');
  await eventually('it runs again', async () => (await node.machine.serviceStatus(SERVICE)).pid !== pid && (await ask(node, ['PING']).catch(() => '')) === 'PONG', RESTART_MS_MAX);
};

const onLocalMachines = async (flavour: RedisFlavour, version: string): Promise<ShardedHarness> => {
  const local = await localHarness();
  return {
    engine: new RedisShardedEngine(flavour),
    credentials: REDIS_CREDENTIALS,
    createNode: async (name) => ({
      machine: await local.provider.create({ ...request([PORT, PORT + BUS_OFFSET], name) }),
      name,
      port: PORT,
      engineVersion: version,
      memoryBytes: MEMORY_BYTES,
    }),
    connect,
    keyCount: async (node) => Number(await ask(node, ['DBSIZE'])),
    leaveSlotOpen,
    crash,
    freeze: async (node) => {
      const pid = await pidOf(node);
      process.kill(pid, 'SIGSTOP');
      return () => void process.kill(pid, 'SIGCONT');
    },
    destroy: local.destroy,
  };
};

for (const [flavour, version] of chosen) shardedEngineContract(`${flavour} ${version}`, () => onLocalMachines(flavour, version));
