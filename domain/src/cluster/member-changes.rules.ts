import { refuse } from '../kernel/decision.js';
import { planRemoveLostMember } from '../plans/multi-primary/remove-lost-node.plan.js';
import { planRemoveMember } from '../plans/multi-primary/remove-node.plan.js';
import type { ClusterNode, ExistingCluster } from './cluster.state.js';
import { MEMBERS_MIN } from './deployment.rules.js';
import { notPlanned, planned, type PlanResult } from './plan-result.js';

/** One member less, where those who stay are still enough to agree by majority. */
export const planMemberRemoval = (cluster: ExistingCluster, node: ClusterNode, lost: boolean): PlanResult => {
  const left = cluster.nodes.filter((other) => other.id !== node.id && other.status === 'active').length;
  if (lost) return planLostRemoval(cluster, node, left);
  if (left < MEMBERS_MIN) {
    return notPlanned(
      refuse(
        'conflict',
        'too-few-members',
        `Without ${node.name} the group would have ${left} members that serve; ${MEMBERS_MIN} is the least that survives the loss of one. Add a node first, or delete the cluster. Is ${node.name} lost for good, say so (lost): it is taken out, and another added after it.`,
      ),
    );
  }
  return planned(planRemoveMember(cluster, node));
};

/**
 * A group that lost one by one counts anew after each; all that is asked is that those who stay are more than half of those who were
 * there. Fewer members than the least may stay: the lost one is no help in surviving the next loss.
 */
const planLostRemoval = (cluster: ExistingCluster, node: ClusterNode, left: number): PlanResult => {
  const before = left + 1;
  if (left * 2 > before) return planned(planRemoveLostMember(cluster, node));
  return notPlanned(
    refuse(
      'conflict',
      'quorum-lost',
      `Without ${node.name} ${left} of ${before} members are left, which is no majority: the group takes no writes, and nobody can tell from here whether ${node.name} serves. See the page of groups: "Quorum is lost".`,
    ),
  );
};
