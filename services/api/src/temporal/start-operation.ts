import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { startOnce, type StartOrder } from '@holdfast/infra/temporal';
import { SEARCH_ATTRIBUTES, TASK_QUEUE, type OperationWorkflowInput } from '@holdfast/workflows/contracts';
import type { StartWorkflow } from '../operations/operation-starter.js';

/** How an accepted operation is started; the dispatcher starts it in the same way, and whoever comes second does nothing. */
export const startOrderOf = (input: OperationWorkflowInput): StartOrder => ({
  workflowType: input.kind,
  workflowId: input.operationId,
  taskQueue: TASK_QUEUE,
  args: [input],
  staticSummary: `${input.kind} of ${input.clusterName}, asked for by ${input.actor}`,
  typedSearchAttributes: new TypedSearchAttributes([
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.cluster, 'KEYWORD'), value: input.clusterId },
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.operation, 'KEYWORD'), value: input.operationId },
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.stuck, 'BOOL'), value: false },
  ]),
});

export const startWith =
  (client: Client): StartWorkflow =>
  async (input) => {
    await startOnce(client, startOrderOf(input));
  };
