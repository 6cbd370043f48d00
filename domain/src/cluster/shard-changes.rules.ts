import { refuse } from '../kernel/decision.js';
import type { AddNodeInput } from '../operation/operation-input.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { planAddShard, planAddShardReplica } from '../plans/sharded/add-node.plan.js';
import { planPromoteShardReplica } from '../plans/sharded/promote-node.plan.js';
import { planRemoveShard, planRemoveShardReplica } from '../plans/sharded/remove-node.plan.js';
import { shardPrimariesOf, type ClusterNode, type ExistingCluster } from './cluster.state.js';
import { SHARDS_MIN } from './deployment.rules.js';
import { notPlanned, planned, refuseFaults, type PlanResult } from './plan-result.js';

/** A replica for a shard that is named, or a whole shard: it must be said which. */
export const planShardAddition = (cluster: ExistingCluster, { plan, shard, newShard }: AddNodeInput): PlanResult => {
  const size = plan ?? cluster.plan;
  if ((shard === undefined) === (newShard !== true)) {
    return notPlanned(refuseFaults([{ field: 'shard', code: 'shard-or-new-shard', detail: `Cluster ${cluster.name} is sharded: give either the shard that gets a replica, or newShard.` }]));
  }
  if (shard === undefined) return planned(planAddShard(cluster, size));
  const shards = shardPrimariesOf(cluster).map((node) => node.shard);
  if (!shards.includes(shard)) return notPlanned(refuse('not-found', 'unknown-shard', `Cluster ${cluster.name} has no shard ${shard}. It has: ${shards.join(', ')}.`));
  return planned(planAddShardReplica(cluster, shard, size));
};

export const planShardPromotion = (cluster: ExistingCluster, node: ClusterNode): OperationPlan => planPromoteShardReplica(cluster, node);

/** A replica whose shard keeps another, or a whole shard where enough others stay. */
export const planShardRemoval = (cluster: ExistingCluster, node: ClusterNode, wholeShard: boolean): PlanResult => {
  const { name, shard = 0 } = node;
  if (wholeShard) {
    const shards = shardPrimariesOf(cluster).length;
    if (shards <= SHARDS_MIN) return notPlanned(refuse('conflict', 'too-few-shards', `Cluster ${cluster.name} has ${shards} shards; ${SHARDS_MIN} is the least. Add a shard first, or delete the cluster.`));
    return planned(planRemoveShard(cluster, shard));
  }
  if (node.role === 'shard-primary') {
    return notPlanned(refuse('conflict', 'node-is-primary', `${name} is the primary of shard ${shard}. Promote a replica of its shard first, or remove the whole shard.`));
  }
  const left = cluster.nodes.filter((other) => other.shard === shard && other.role === 'shard-replica' && other.id !== node.id && other.status === 'active').length;
  if (left === 0) {
    return notPlanned(refuse('conflict', 'last-shard-replica', `${name} is the last replica of shard ${shard}: without it the loss of one node loses the shard's data. Add a replica first.`));
  }
  return planned(planRemoveShardReplica(cluster, node));
};
