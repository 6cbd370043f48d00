import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { leftovers, readCluster, serversSayWhatFactsSay } from '../support/truth.js';
import { TestStack } from '../support/test-stack.js';

describe('remove-node on real servers', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await TestStack.start();
    await stack.deploy('shrinks', { nodes: 3, replication: 'sync' });
  }, 240_000);
  afterAll(() => stack.stop(), 120_000);

  const remove = async (name: string | undefined) => stack.api.request('DELETE', `/clusters/shrinks/nodes/${name}`, { confirm: name });

  it('leaves no slot, process or file of the node behind', async () => {
    const cluster = await readCluster(stack, 'shrinks');
    const replica = cluster.nodes.find((node) => node.role === 'replica');
    const answer = await remove(replica?.name);
    expect(answer.status).toBe(202);
    await stack.succeeded(String(answer.body['operation']?.['id']));
    await serversSayWhatFactsSay(stack, 'shrinks');
    expect((await readCluster(stack, 'shrinks')).nodes.map((node) => node.name)).not.toContain(replica?.name);
    expect(await leftovers(stack, replica?.id ?? '')).toEqual({ processes: [], directories: [] });
  }, 180_000);

  it('refuses the primary and the last synchronous replica', async () => {
    const { nodes } = await readCluster(stack, 'shrinks');
    expect((await remove(nodes.find((node) => node.role === 'primary')?.name)).body).toMatchObject({ status: 409, code: 'node-is-primary' });
    expect((await remove(nodes.find((node) => node.role === 'replica')?.name)).body).toMatchObject({ status: 409, code: 'last-sync-replica' });
  });
});
