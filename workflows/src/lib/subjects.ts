import type { OperationPlan, PlanSubject } from '@holdfast/domain';
import { ApplicationFailure } from '@temporalio/workflow';
import type { RoutingOrder, ShardOrder } from '../contracts/index.js';

export const idsOf = (subjects: readonly PlanSubject[]): string[] => subjects.map((subject) => subject.nodeId);

/** The node that was the primary when the plan was made. */
export const primaryIn = (plan: OperationPlan): PlanSubject =>
  only(
    plan.subjects.find((subject) => subject.role === 'primary'),
    'primary',
  );

/** The node that the operation is about. */
export const targetIn = (plan: OperationPlan): PlanSubject =>
  only(
    plan.subjects.find((subject) => subject.target),
    'target',
  );

export const replicasIn = (plan: OperationPlan): PlanSubject[] => plan.subjects.filter((subject) => subject.role === 'replica' || subject.role === 'shard-replica');

/** Replicas that the operation is not about. */
export const otherReplicasIn = (plan: OperationPlan): PlanSubject[] => replicasIn(plan).filter((subject) => !subject.target);

/** Nodes that the operation is about. */
export const targetsIn = (plan: OperationPlan): PlanSubject[] => plan.subjects.filter((subject) => subject.target);

/** Nodes that the operation is not about. */
export const othersIn = (plan: OperationPlan): PlanSubject[] => plan.subjects.filter((subject) => !subject.target);

/**
 * Where the endpoint of a group leads: writes to its first member, so that two transactions seldom meet the same row on two
 * members; readers to the others.
 */
export const groupRouting = (memberIds: readonly string[]): RoutingOrder => ({
  readWriteNodeId: only(memberIds[0], 'member'),
  readOnlyNodeIds: memberIds.slice(1),
});

/** The shards that these nodes make, in the order of their numbers. */
export const shardsOf = (subjects: readonly PlanSubject[]): ShardOrder[] =>
  [...new Set(subjects.map((subject) => subject.shard ?? 0))].sort((one, other) => one - other).map((shard) => shardIn(subjects, shard));

/** Its primary when the plan was made, and its replicas. */
export const shardIn = (subjects: readonly PlanSubject[], shard: number | undefined): ShardOrder => {
  const nodes = subjects.filter((subject) => subject.shard === shard);
  const primary = only(
    nodes.find((subject) => subject.role === 'shard-primary'),
    `primary of shard ${shard}`,
  );
  return { primaryId: primary.nodeId, replicaIds: idsOf(nodes.filter((subject) => subject.role === 'shard-replica')) };
};

const only = <T>(found: T | undefined, what: string): T => {
  if (found === undefined) throw ApplicationFailure.nonRetryable(`The plan has no ${what}.`, 'plan-mismatch');
  return found;
};
