import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClusterNode, ExistingCluster } from '@holdfast/domain';
import { eventually } from '../support/api-client.js';
import { onRedisServer } from '../support/servers/redis-asker.js';
import { connectToShards, type ShardClient } from '../support/servers/shard-client.js';
import { shardsAreWhole } from '../support/servers/shards-truth.js';
import { lostBy, whileShardsAreWritten } from '../support/servers/shard-writer.js';
import { signalAll } from '../support/signal-all.js';
import { TestStack } from '../support/test-stack.js';
import { leftovers, readCluster, targetOf } from '../support/truth.js';

const NAME = 'careful';
const NODES = `/clusters/${NAME}/nodes`;
/** Enough that each of a few shards has some. */
const KEYS = 60;
/** A replica may be silent for three seconds; the rest is for a busy machine. */
const NOTICED_MS = 60_000;

/** A synchronous sharded cluster through every layer: its servers take a write only where a replica follows. */
describe('a sharded cluster whose writes need a replica', () => {
  let stack: TestStack;
  let client: ShardClient;
  beforeAll(async () => {
    stack = await TestStack.start();
  }, 120_000);
  afterAll(async () => {
    await client?.close();
    await stack?.stop();
  }, 120_000);

  const inShard = ({ nodes }: ExistingCluster, shard: number, role: ClusterNode['role']): ClusterNode => {
    const found = nodes.find((node) => node.shard === shard && node.role === role);
    if (found === undefined) throw new Error(`Shard ${shard} has no ${role}.`);
    return found;
  };
  /** How many replicas each server asks for before it takes a write. */
  const rules = async (): Promise<unknown[]> => {
    const cluster = await readCluster(stack, NAME);
    return Promise.all(cluster.nodes.map(async (node) => onRedisServer(await targetOf(stack, cluster, node), async (ask) => ((await ask('CONFIG', 'GET', 'min-replicas-to-write')) as string[])[1])));
  };
  const signal = async (node: ClusterNode, name: NodeJS.Signals): Promise<void> => signalAll((await leftovers(stack, node.id)).processes, name);
  const refusals = async (): Promise<string[]> => {
    const tried = await Promise.allSettled(Array.from({ length: KEYS }, (_, at) => client.write(`each:${at}`, `each:${at}`)));
    return tried.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  };
  /** What clients were told that were refused. */
  const underWriter = async (prefix: string, change: () => Promise<string>): Promise<readonly string[]> => {
    const writer = await whileShardsAreWritten(client, prefix, async () => stack.succeeded(await change()));
    await shardsAreWhole(stack, NAME);
    expect(await lostBy(client, writer)).toEqual([]);
    return writer.errors;
  };

  it('is deployed with the rule on every server', async () => {
    await stack.deploy(NAME, { engine: 'valkey', version: '9', mode: 'sharded', nodes: 6, shards: 3, replicasPerShard: 1, replication: 'sync' });
    await shardsAreWhole(stack, NAME);
    expect(await rules()).toEqual(['1', '1', '1', '1', '1', '1']);
    const { body } = await stack.api.get(`/clusters/${NAME}/credentials`);
    const seeds = (body['seeds'] as unknown as string[]).map((seed) => ({ host: seed.split(':')[0] ?? '', port: Number(seed.split(':')[1]) }));
    client = await connectToShards(seeds, { user: String(body['user']), password: String(body['password']) });
    expect(await refusals()).toEqual([]);
  }, 240_000);

  it('refuses writes to a shard while its replica is silent, and to no other', async () => {
    const replica = inShard(await readCluster(stack, NAME), 1, 'shard-replica');
    await signal(replica, 'SIGSTOP');
    try {
      const said = await eventually('its shard refuses writes', NOTICED_MS, async () => {
        const answers = await refusals();
        return answers.length > 0 ? answers : undefined;
      });
      for (const text of said) expect(text).toContain('NOREPLICAS');
      expect(said.length).toBeLessThan(KEYS);
    } finally {
      await signal(replica, 'SIGCONT');
    }
    await eventually('it takes writes again', NOTICED_MS, async () => ((await refusals()).length === 0 ? true : undefined));
    await shardsAreWhole(stack, NAME);
  }, 240_000);

  it('lets a replica take its shard over: whoever is told no meanwhile is told why, and nothing acknowledged is lost', async () => {
    const { name } = inShard(await readCluster(stack, NAME), 1, 'shard-replica');
    const errors = await underWriter('promote', () => stack.api.accepted('POST', `${NODES}/${name}/promote`, { confirm: name }));
    for (const text of errors) expect(text).toContain('NOREPLICAS');
    expect(inShard(await readCluster(stack, NAME), 1, 'shard-primary').name).toBe(name);
  }, 240_000);

  it('gets one more shard, which follows the rule, under a writing client', async () => {
    // None is refused but where a busy computer keeps a replica silent; that none is of the move itself shows the contract.
    for (const text of await underWriter('grow', () => stack.api.accepted('POST', NODES, { newShard: true }))) expect(text).toContain('NOREPLICAS');
    expect(await rules()).toEqual(['1', '1', '1', '1', '1', '1', '1', '1']);
  }, 240_000);

  it('is deleted, and leaves no process and no file', async () => {
    const { id } = await readCluster(stack, NAME);
    await stack.succeeded(await stack.api.accepted('DELETE', `/clusters/${NAME}`, { confirm: NAME }));
    expect(await leftovers(stack, id)).toEqual({ processes: [], directories: [] });
  }, 240_000);
});
