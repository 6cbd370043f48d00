import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExistingCluster } from '@holdfast/domain';
import { connectToShards, type ShardClient } from '../support/servers/shard-client.js';
import { keysOnPrimaries, shardsAreWhole, slotsOfShards } from '../support/servers/shards-truth.js';
import { lostBy, whileShardsAreWritten } from '../support/servers/shard-writer.js';
import { leftovers, readCluster } from '../support/truth.js';
import { TestStack } from '../support/test-stack.js';

const NAME = 'shards';
const NODES = `/clusters/${NAME}/nodes`;
const ENGINE = process.env['HOLDFAST_TEST_SHARDS'] ?? 'valkey-9';
const [engine = '', version = ''] = ENGINE.split('-');

/** Through every layer: accepted by the API, run by the runbooks, verified on real servers, under a cluster client that writes. */
describe(`a sharded cluster of ${ENGINE}`, () => {
  let stack: TestStack;
  let client: ShardClient;
  let written = 0;
  beforeAll(async () => {
    stack = await TestStack.start();
  }, 180_000);
  afterAll(async () => {
    await client?.close();
    await stack.stop();
  }, 120_000);

  const newestIn = (cluster: ExistingCluster, role: string, shard: number): string => cluster.nodes.filter((node) => node.role === role && node.shard === shard).at(-1)?.name ?? '';
  const refused = async (method: string, path: string, body: unknown): Promise<string> => {
    const answer = await stack.api.request(method, path, body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    return JSON.stringify(answer.body);
  };
  /** The client that has been there since the deployment sees no error, loses nothing, and no node keeps a key that is not its own. */
  const underWriter = async (prefix: string, change: () => Promise<string>): Promise<ExistingCluster> => {
    const writer = await whileShardsAreWritten(client, prefix, async () => stack.succeeded(await change()));
    const cluster = await shardsAreWhole(stack, NAME);
    expect(writer.errors).toEqual([]);
    expect(await lostBy(client, writer)).toEqual([]);
    written += writer.acknowledged.length;
    expect(await keysOnPrimaries(stack, cluster)).toBe(written);
    return cluster;
  };

  it('is refused with fewer than three shards, and with synchronous replication but no replica', async () => {
    const body = { name: NAME, engine, version, mode: 'sharded', provider: 'local' };
    expect(await refused('POST', '/clusters', { ...body, shards: 2, nodes: 4 })).toContain('shards');
    expect(await refused('POST', '/clusters', { ...body, shards: 3, replicasPerShard: 0, nodes: 3, replication: 'sync' })).toContain('sync-needs-replica');
  });

  it('is deployed with a primary and a replica for each shard, and clients begin with any of its seeds', async () => {
    await stack.deploy(NAME, { engine, version, mode: 'sharded', nodes: 6, shards: 3 });
    const cluster = await shardsAreWhole(stack, NAME);
    expect(cluster.nodes.map((node) => `${node.shard} ${node.role}`).sort()).toEqual([1, 2, 3].flatMap((shard) => [`${shard} shard-primary`, `${shard} shard-replica`]));
    expect(await slotsOfShards(stack, cluster)).toEqual([5461, 5461, 5462]);
    const { body } = await stack.api.get(`/clusters/${NAME}/credentials`);
    const seeds = (body['seeds'] as unknown as string[]).map((seed) => ({ host: seed.split(':')[0] ?? '', port: Number(seed.split(':')[1]) }));
    expect(seeds).toHaveLength(6);
    client = await connectToShards(seeds.slice(-1), { user: String(body['user']), password: String(body['password']) });
    const shown = await stack.cli('clusters', 'show', NAME);
    expect(shown.stdout).toMatch(new RegExp(`^Seeds +${seeds.map(({ host, port }) => `${host}:${port}`).join(', ')}$`, 'm'));
    for (const shard of [1, 2, 3]) expect(shown.stdout).toMatch(new RegExp(`shard-primary ${shard}, 546[12] slots`));
  }, 240_000);

  it('keeps the last replica of a shard, and three shards', async () => {
    const cluster = await readCluster(stack, NAME);
    const [primary, replica] = [newestIn(cluster, 'shard-primary', 1), newestIn(cluster, 'shard-replica', 1)];
    expect(await refused('DELETE', `${NODES}/${replica}`, { confirm: replica })).toContain('last-shard-replica');
    expect(await refused('DELETE', `${NODES}/${primary}`, { confirm: primary })).toContain('node-is-primary');
    expect(await refused('DELETE', `${NODES}/${primary}`, { confirm: primary, wholeShard: true })).toContain('too-few-shards');
    expect(await refused('POST', NODES, { shard: 9 })).toContain('unknown-shard');
  });

  it('gets one more replica of a shard', async () => {
    const cluster = await underWriter('replica', () => stack.api.accepted('POST', NODES, { shard: 1 }));
    expect(cluster.nodes.filter((node) => node.shard === 1)).toHaveLength(3);
  }, 240_000);

  it('lets that replica take its shard over, and the former primary go', async () => {
    const before = await readCluster(stack, NAME);
    const [former, replica] = [newestIn(before, 'shard-primary', 1), newestIn(before, 'shard-replica', 1)];
    const promoted = await underWriter('promote', () => stack.api.accepted('POST', `${NODES}/${replica}/promote`, { confirm: replica }));
    expect(newestIn(promoted, 'shard-primary', 1)).toBe(replica);
    const after = await underWriter('leave', () => stack.api.accepted('DELETE', `${NODES}/${former}`, { confirm: former }));
    expect(after.nodes.map((node) => node.name)).not.toContain(former);
  }, 240_000);

  it('gets one more shard, which takes its share while clients write', async () => {
    const cluster = await underWriter('grow', () => stack.api.accepted('POST', NODES, { newShard: true }));
    expect(await slotsOfShards(stack, cluster)).toEqual([4096, 4096, 4096, 4096]);
    expect(cluster.nodes.filter((node) => node.shard === 4)).toHaveLength(2);
  }, 240_000);

  it('loses a shard, drained, with no trace of it', async () => {
    const primary = newestIn(await readCluster(stack, NAME), 'shard-primary', 2);
    const cluster = await underWriter('shrink', () => stack.api.accepted('DELETE', `${NODES}/${primary}`, { confirm: primary, wholeShard: true }));
    expect((await slotsOfShards(stack, cluster)).sort()).toEqual([5461, 5461, 5462]);
    expect(cluster.nodes.filter((node) => node.shard === 2)).toEqual([]);
  }, 240_000);

  it('is deleted, and leaves no process and no file', async () => {
    const { nodes } = await readCluster(stack, NAME);
    await stack.succeeded(await stack.api.accepted('DELETE', `/clusters/${NAME}`, { confirm: NAME }));
    for (const node of nodes) expect(await leftovers(stack, node.id)).toEqual({ processes: [], directories: [] });
  }, 240_000);
});
