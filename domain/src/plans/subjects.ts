import type { ClusterNode } from '../cluster/cluster.state.js';
import type { PlanSubject } from '../operation/operation-plan.js';

/** The nodes of a cluster as subjects of a plan that is about those for which `isTarget` holds. */
export const subjectsOf = (nodes: readonly ClusterNode[], isTarget: (node: ClusterNode) => boolean): PlanSubject[] =>
  nodes.map((node) => ({
    nodeId: node.id,
    name: node.name,
    ordinal: node.ordinal,
    role: node.role,
    ...(node.shard === undefined ? {} : { shard: node.shard }),
    size: node.plan,
    target: isTarget(node),
  }));
