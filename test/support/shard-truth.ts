import { expect } from '@jest/globals';
import type { ClusterNode, ExistingCluster } from '@holdfast/domain';
import { eventually } from './api-client.js';
import { askShardNode, type ShardNodeSays } from './servers/shard-asker.js';
import type { TestStack } from './test-stack.js';
import { readCluster, targetOf } from './truth.js';

const primaryOfShard = ({ nodes }: ExistingCluster, shard: number | undefined): ClusterNode | undefined =>
  nodes.find((node) => node.shard === shard && node.role === 'shard-primary');

/** Each node knows exactly those that the facts know, in the roles that they say; all slots are served, each once, by primaries. */
export const shardsSayWhatFactsSay = async (stack: TestStack, name: string): Promise<void> => {
  const cluster = await readCluster(stack, name);
  expect(cluster.nodes.map((node) => node.status)).toEqual(cluster.nodes.map(() => 'active'));
  const expected = cluster.nodes.map((node): ShardNodeSays => ({
    healthy: true,
    follows: node.role === 'shard-replica' ? primaryOfShard(cluster, node.shard)?.name : undefined,
    servesSlots: node.role === 'shard-primary',
    sees: cluster.nodes.map((each) => each.name).sort(),
  }));
  let last: ShardNodeSays[] = [];
  await eventually('shards are as the facts say', 60_000, async () => {
    last = await Promise.all(cluster.nodes.map(async (node) => askShardNode(await targetOf(stack, cluster, node))));
    return JSON.stringify(last) === JSON.stringify(expected) ? true : undefined;
  }).catch(() => undefined); // The comparison below shows the difference.
  expect(last).toEqual(expected);
};
