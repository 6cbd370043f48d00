import { nextNodes } from '../../cluster/node-identity.js';
import type { PlanSubject } from '../../operation/operation-plan.js';

type Numbered = Parameters<typeof nextNodes>[0];

/** Nodes of new shards: shard after shard, each its primary first. @param first number of the first of them */
export const newShards = (cluster: Numbered, shape: { first: number; shards: number; replicas: number; size: string }): PlanSubject[] => {
  const perShard = 1 + shape.replicas;
  return nextNodes(cluster, shape.shards * perShard).map((node, index) => ({
    ...node,
    role: index % perShard === 0 ? 'shard-primary' : 'shard-replica',
    shard: shape.first + Math.floor(index / perShard),
    size: shape.size,
    target: true,
  }));
};

export const namesOf = (nodes: readonly { readonly name: string }[]): string[] => nodes.map((node) => node.name);
