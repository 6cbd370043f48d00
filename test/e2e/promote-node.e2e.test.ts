import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClusterNode, ExistingCluster } from '@holdfast/domain';
import { startWriter, type Writer } from '../../services/cli/src/demo/write-gap.js';
import { eventually } from '../support/api-client.js';
import { onNode, readCluster, serversSayWhatFactsSay } from '../support/truth.js';
import { TestStack } from '../support/test-stack.js';

describe('promote-node on real servers', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await TestStack.start();
    await stack.deploy('switch');
  }, 240_000);
  afterAll(() => stack.stop(), 120_000);

  const replicaOf = (cluster: ExistingCluster): ClusterNode => {
    const replica = cluster.nodes.find((node) => node.role === 'replica');
    if (replica === undefined) throw new Error('There is no replica.');
    return replica;
  };
  const promote = async (node: ClusterNode): Promise<void> => stack.succeeded(await stack.api.accepted('POST', `/clusters/switch/nodes/${node.name}/promote`, { confirm: node.name }));
  const write = async (): Promise<Writer> => {
    const { body } = await stack.api.get('/clusters/switch/credentials');
    return startWriter({ url: String(body['readWrite']?.['url']) });
  };

  it('moves the primary there and back under a writing client, and loses no acknowledged row', async () => {
    const writer = await write();
    const before = await readCluster(stack, 'switch');
    const old = before.nodes.find((node) => node.role === 'primary');
    if (old === undefined) throw new Error('There is no primary.');
    const candidate = replicaOf(before);
    await promote(candidate);
    await serversSayWhatFactsSay(stack, 'switch');
    expect((await readCluster(stack, 'switch')).nodes.find((node) => node.role === 'primary')?.name).toBe(candidate.name);
    await promote(old);
    await writer.nextAcknowledged(60_000);
    const report = await writer.stop();
    await serversSayWhatFactsSay(stack, 'switch');
    expect(report.missingIds).toEqual([]);
    expect(report.acknowledgedCount).toBeGreaterThan(10);
  }, 240_000);

  it('refuses the primary, a name typed wrongly, and a node of another cluster, and changes nothing', async () => {
    await stack.deploy('elsewhere', { nodes: 1, mode: 'single' });
    const cluster = await readCluster(stack, 'switch');
    const primary = cluster.nodes.find((node) => node.role === 'primary')?.name;
    const foreign = (await readCluster(stack, 'elsewhere')).nodes[0]?.name;
    const position = await stack.store.head();
    const refused = async (node: string | undefined, confirm: string | undefined) =>
      (await stack.api.post(`/clusters/switch/nodes/${node}/promote`, { confirm })).body['code'];
    expect(await refused(primary, primary)).toBe('already-primary');
    expect(await refused(replicaOf(cluster).name, 'pg-000000')).toBe('wrong-confirmation');
    expect(await refused(foreign, foreign)).toBe('unknown-node');
    expect(await stack.store.head()).toBe(position);
  }, 120_000);

  it('does not touch the primary when the candidate does not stream', async () => {
    const cluster = await readCluster(stack, 'switch');
    const candidate = replicaOf(cluster);
    await onNode(stack, cluster, candidate, async (client) => {
      await client.query(`alter system set primary_conninfo = ''`);
      await client.query('select pg_reload_conf()');
    });
    await eventually('the replica has stopped streaming', 60_000, () =>
      onNode(stack, cluster, candidate, async (client) => (await client.query('select from pg_stat_wal_receiver')).rowCount === 0 || undefined),
    );
    const writer = await write();
    const operation = await stack.api.accepted('POST', `/clusters/switch/nodes/${candidate.name}/promote`, { confirm: candidate.name });
    expect(await stack.ended(operation, 120_000)).toBe('failed');
    const { body } = await stack.api.get(`/operations/${operation}`);
    expect(body).toMatchObject({ failedStep: 'preflight', problem: { code: 'replica-not-streaming' } });
    expect(await writer.stop()).toMatchObject({ brokenCount: 0, missingIds: [] });
    await onNode(stack, cluster, candidate, async (client) => {
      await client.query('alter system reset primary_conninfo');
      await client.query('select pg_reload_conf()');
    });
    await serversSayWhatFactsSay(stack, 'switch');
    await promote(candidate);
    await serversSayWhatFactsSay(stack, 'switch');
  }, 180_000);
});
