import { refuse } from '../kernel/decision.js';
import { planRemoveMember } from '../plans/multi-primary/remove-node.plan.js';
import type { ClusterNode, ExistingCluster } from './cluster.state.js';
import { MEMBERS_MIN } from './deployment.rules.js';
import { notPlanned, planned, type PlanResult } from './plan-result.js';

/** One member less, where those who stay are still enough to agree by majority. */
export const planMemberRemoval = (cluster: ExistingCluster, node: ClusterNode): PlanResult => {
  const left = cluster.nodes.filter((other) => other.id !== node.id && other.status === 'active').length;
  if (left < MEMBERS_MIN) {
    return notPlanned(
      refuse('conflict', 'too-few-members', `Without ${node.name} the group would have ${left} members that serve; ${MEMBERS_MIN} is the least that survives the loss of one. Add a node first, or delete the cluster.`),
    );
  }
  return planned(planRemoveMember(cluster, node));
};
