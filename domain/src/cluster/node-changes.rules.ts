import { capabilitiesOf, findEngine } from '../catalogue/engines.js';
import { refuse } from '../kernel/decision.js';
import type { AddNodeInput, RemoveNodeInput } from '../operation/operation-input.js';
import { planAddNode } from '../plans/add-node.plan.js';
import { planAddMember } from '../plans/multi-primary/add-node.plan.js';
import { planPromoteNode } from '../plans/promote-node.plan.js';
import { planRemoveNode } from '../plans/remove-node.plan.js';
import { replicasOf, type ClusterNode, type ExistingCluster } from './cluster.state.js';
import { NODES_MAX, planFaults } from './deployment.rules.js';
import { planMemberRemoval } from './member-changes.rules.js';
import { namedNode, notPlanned, planned, refuseFaults, type PlanResult } from './plan-result.js';
import { planShardAddition, planShardPromotion, planShardRemoval } from './shard-changes.rules.js';
import { SYNC_REPLICAS_REQUIRED } from './sync-policy.js';

/** One node more, or one shard more. */
export const planAddition = (cluster: ExistingCluster, input: AddNodeInput): PlanResult => {
  const faults = input.plan === undefined ? [] : planFaults('plan', input.plan);
  if (faults.length > 0) return notPlanned(refuseFaults(faults));
  const engine = findEngine(cluster.engine);
  if (engine !== undefined && capabilitiesOf(engine, cluster.version).onlineAdd !== 'works') {
    return notPlanned(refuse('conflict', 'add-node-not-built', `Nodes cannot be added to a cluster of ${engine.title} ${cluster.version}.`));
  }
  const added = input.newShard === true ? 1 + (cluster.replicasPerShard ?? 0) : 1;
  if (cluster.nodes.length + added > NODES_MAX) {
    return notPlanned(refuse('conflict', 'too-many-nodes', `Cluster ${cluster.name} has ${cluster.nodes.length} nodes; ${NODES_MAX} is the most.`));
  }
  if (cluster.mode === 'sharded') return planShardAddition(cluster, input);
  if (input.shard !== undefined || input.newShard !== undefined) return notPlanned(noShards(cluster, input.shard === undefined ? 'newShard' : 'shard'));
  return planned(cluster.mode === 'multi-primary' ? planAddMember(cluster, input) : planAddNode(cluster, input));
};

/** A replica becomes the primary, of the cluster or of its shard. */
export const planPromotion = (cluster: ExistingCluster, input: { nodeId: string; confirm: string }): PlanResult => {
  const found = namedNode(cluster, input);
  if (!found.found) return notPlanned(found);
  const { node } = found;
  if (node.role === 'member') {
    return notPlanned(refuse('conflict', 'all-members-write', `All members of ${cluster.name} take writes; there is none to promote.`));
  }
  if (node.role === 'primary') return notPlanned(refuse('conflict', 'already-primary', `${node.name} is the primary already.`));
  if (node.role === 'shard-primary') return notPlanned(refuse('conflict', 'already-primary', `${node.name} is the primary of shard ${node.shard} already.`));
  if (node.status !== 'active') return notPlanned(refuse('conflict', 'node-not-active', `${node.name} is ${node.status}; only an active replica can be promoted.`));
  return planned(node.role === 'shard-replica' ? planShardPromotion(cluster, node) : planPromoteNode(cluster, node));
};

/** One node less, or one shard less. */
export const planRemoval = (cluster: ExistingCluster, input: RemoveNodeInput): PlanResult => {
  const found = namedNode(cluster, input);
  if (!found.found) return notPlanned(found);
  if (input.lost !== undefined && cluster.mode !== 'multi-primary') return notPlanned(notInAGroup(cluster));
  if (cluster.mode === 'sharded') return planShardRemoval(cluster, found.node, input.wholeShard === true);
  if (input.wholeShard !== undefined) return notPlanned(noShards(cluster, 'wholeShard'));
  return cluster.mode === 'multi-primary' ? planMemberRemoval(cluster, found.node, input.lost === true) : planReplicaRemoval(cluster, found.node);
};

const planReplicaRemoval = (cluster: ExistingCluster, node: ClusterNode): PlanResult => {
  if (node.role === 'primary') {
    return notPlanned(refuse('conflict', 'node-is-primary', `${node.name} is the primary. Promote another node first, or delete the cluster.`));
  }
  const replicasLeft = replicasOf(cluster).filter((other) => other.id !== node.id && other.status === 'active').length;
  if (cluster.replication === 'sync' && replicasLeft < SYNC_REPLICAS_REQUIRED) {
    return notPlanned(refuse('conflict', 'last-sync-replica', `${node.name} is the last synchronous replica: without it every commit would wait. Add a node first.`));
  }
  return planned(planRemoveNode(cluster, node));
};

const notInAGroup = (cluster: ExistingCluster) =>
  refuseFaults([{ field: 'lost', code: 'lost-not-in-mode', detail: `Cluster ${cluster.name} is ${cluster.mode}; only a member of a group is taken out as lost.` }]);

const noShards = (cluster: ExistingCluster, field: string) =>
  refuseFaults([{ field, code: 'shards-not-in-mode', detail: `Cluster ${cluster.name} is ${cluster.mode}; it has no shards.` }]);
