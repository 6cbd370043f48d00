import type { OperationPlan, PlanSubject } from '@holdfast/domain';
import { ApplicationFailure } from '@temporalio/workflow';

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

export const replicasIn = (plan: OperationPlan): PlanSubject[] => plan.subjects.filter((subject) => subject.role === 'replica');

/** Replicas that the operation is not about. */
export const otherReplicasIn = (plan: OperationPlan): PlanSubject[] => replicasIn(plan).filter((subject) => !subject.target);

const only = (subject: PlanSubject | undefined, what: string): PlanSubject => {
  if (subject === undefined) throw ApplicationFailure.nonRetryable(`The plan has no ${what}.`, 'plan-mismatch');
  return subject;
};
