import type { ExistingCluster } from '@holdfast/domain';
import { eventually } from './api-client.js';
import { askerOf } from './servers/index.js';
import type { TestStack } from './test-stack.js';
import { targetOf } from './truth.js';

const SEEN_MS = 60_000;

/** How many rows of that table each node has, in the order of its nodes, once all have so many: what is streamed comes a moment after it was acknowledged. */
export const rowsOnNodes = async (stack: TestStack, cluster: ExistingCluster, table: string, expected: number): Promise<number[]> => {
  const { countRows } = askerOf(cluster.engine);
  let last: number[] = [];
  await eventually('every node has every row', SEEN_MS, async () => {
    last = await Promise.all(cluster.nodes.map(async (node) => countRows(await targetOf(stack, cluster, node), table)));
    return last.every((count) => count === expected) || undefined;
  }).catch((problem: unknown) => {
    if (last.length === 0) throw problem;
  });
  return last;
};
