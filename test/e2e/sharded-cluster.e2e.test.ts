import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { leftovers, readCluster } from '../support/truth.js';
import { TestStack } from '../support/test-stack.js';

const NAME = 'shards';

/** Through every layer: accepted by the API, run by the runbook, verified on real servers. What the driver does by itself is in its contract. */
describe('a sharded cluster of Valkey', () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await TestStack.start();
  }, 180_000);
  afterAll(() => stack.stop(), 120_000);

  it('is deployed with a primary and a replica for each shard', async () => {
    await stack.deploy(NAME, { engine: 'valkey', version: '9', mode: 'sharded', nodes: 6, shards: 3 });
    const { nodes } = await readCluster(stack, NAME);
    expect(nodes.map((node) => `${node.shard} ${node.role}`).sort()).toEqual([1, 2, 3].flatMap((shard) => [`${shard} shard-primary`, `${shard} shard-replica`]));
  }, 240_000);

  it('is deleted, and leaves no process and no file', async () => {
    const { nodes } = await readCluster(stack, NAME);
    await stack.succeeded(await stack.api.accepted('DELETE', `/clusters/${NAME}`, { confirm: NAME }));
    for (const node of nodes) expect(await leftovers(stack, node.id)).toEqual({ processes: [], directories: [] });
  }, 240_000);
});
