import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import { SEARCH_ATTRIBUTES, TASK_QUEUE, type OperationWorkflowInput } from './operation-workflow.js';

/** How an operation's workflow is started; what concerns repeats is the starter's own. */
export interface OperationStart {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: [OperationWorkflowInput];
  readonly staticSummary: string;
  readonly staticDetails: string;
  readonly typedSearchAttributes: TypedSearchAttributes;
}

/** The same for the API, which starts an operation for speed, and for the dispatcher, which guarantees its start: whoever comes second does nothing. */
export const operationStart = (input: OperationWorkflowInput): OperationStart => ({
  workflowType: input.kind,
  workflowId: input.operationId,
  taskQueue: TASK_QUEUE,
  args: [input],
  staticSummary: `${input.kind} of ${input.clusterName}, asked for by ${input.actor}`,
  staticDetails: detailsOf(input),
  typedSearchAttributes: new TypedSearchAttributes([
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.cluster, 'KEYWORD'), value: input.clusterId },
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.operation, 'KEYWORD'), value: input.operationId },
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.stuck, 'BOOL'), value: false },
  ]),
});

/** The plan as Temporal's web UI shows it (Markdown). */
const detailsOf = ({ operationId, reason, plan, resume }: OperationWorkflowInput): string =>
  [
    ...(reason === undefined ? [] : [`**Reason:** ${reason}`]),
    ...(resume === undefined ? [] : [`**Goes on after an interruption, ${resume.direction === 'undo' ? 'taking back what was begun' : 'with what is left to do'}:** ${resume.cause}`]),
    plan.steps.map((step, index) => `${index + 1}. \`${step.name}\` ${step.title}`).join('\n'),
    `What people need to know stands in Holdfast: \`./holdfast operations show ${operationId}\`. A cancellation or termination here is noticed and brought to a defined end.`,
  ].join('\n\n');
