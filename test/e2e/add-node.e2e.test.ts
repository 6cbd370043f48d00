import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWriter } from '../../services/cli/src/demo/write-gap.js';
import { rowsOnNodes } from '../support/rows-on-nodes.js';
import { onNode, readCluster, serversSayWhatFactsSay } from '../support/truth.js';
import { TestStack } from '../support/test-stack.js';

describe('add-node on real servers', () => {
  let stack: TestStack;
  let written = 0;

  beforeAll(async () => {
    stack = await TestStack.start();
    await stack.deploy('grows', { nodes: 1, mode: 'single' });
  }, 240_000);
  afterAll(() => stack.stop(), 120_000);

  const startTime = async (): Promise<string> => {
    const cluster = await readCluster(stack, 'grows');
    const primary = cluster.nodes.find((node) => node.role === 'primary');
    if (primary === undefined) throw new Error('There is no primary.');
    return onNode(stack, cluster, primary, async (client) => String((await client.query<{ at: Date }>('select pg_postmaster_start_time() as at')).rows[0]?.at.toISOString()));
  };

  it('grows from a single node under a writing client, and the primary is not restarted', async () => {
    const before = await startTime();
    const { body } = await stack.api.get('/clusters/grows/credentials');
    const writer = await startWriter({ url: String(body['readWrite']?.['url']) });
    await stack.succeeded(await stack.api.accepted('POST', '/clusters/grows/nodes', {}));
    await stack.succeeded(await stack.api.accepted('POST', '/clusters/grows/nodes', {}));
    const report = await writer.stop();
    expect(report).toMatchObject({ brokenCount: 0, missingIds: [] });
    written = report.acknowledgedCount;
    expect(await startTime()).toBe(before);
    await serversSayWhatFactsSay(stack, 'grows');
    const cluster = await readCluster(stack, 'grows');
    expect(cluster).toMatchObject({ mode: 'primary-replica', nodes: [{ role: 'primary' }, { role: 'replica' }, { role: 'replica' }] });
  }, 240_000);

  it('has what was written before on the new node', async () => {
    const cluster = await readCluster(stack, 'grows');
    expect(written).toBeGreaterThan(10);
    expect(await rowsOnNodes(stack, cluster, 'holdfast_write_gap', written)).toEqual([written, written, written]);
  }, 120_000);
});
