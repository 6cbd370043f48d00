import { withinCallTimeout } from '@holdfast/infra/temporal';
import { WorkflowNotFoundError, type Client, type WorkflowExecutionStatusName } from '@temporalio/client';
import proto from '@temporalio/proto';

const { HistoryEventFilterType } = proto.temporal.api.enums.v1;

/** A run that is over. */
export interface ClosedRun {
  readonly state: 'closed';
  readonly runId: string;
  /** How it ended and through whom, for people. */
  readonly sentence: string;
}

/** `lost`: Temporal has no workflow of this id. */
export type RunState = { readonly state: 'open' } | { readonly state: 'lost' } | ClosedRun;

const HOW: Partial<Record<WorkflowExecutionStatusName, string>> = {
  TERMINATED: 'was terminated in Temporal',
  CANCELLED: 'was cancelled in Temporal',
  TIMED_OUT: 'was timed out by Temporal',
  FAILED: 'failed',
  COMPLETED: 'was completed without an end of the operation',
};

/** What Temporal says of the newest run. Throws what the client throws while Temporal is away. */
export const lookAtRun = async (client: Client, workflowId: string): Promise<RunState> => {
  try {
    const { status, runId } = await withinCallTimeout(client, () => client.workflow.getHandle(workflowId).describe());
    const how = HOW[status.name];
    if (how === undefined) return { state: 'open' };
    return { state: 'closed', runId, sentence: `The operation's workflow ${how}${await whoAndWhy(client, workflowId, runId)}.` };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { state: 'lost' };
    throw error;
  }
};

/** What the last event of a terminated run says; identities are what Temporal's clients give themselves. */
const whoAndWhy = async (client: Client, workflowId: string, runId: string): Promise<string> => {
  const { history } = await withinCallTimeout(client, () =>
    client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      historyEventFilterType: HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
    }),
  );
  const end = history?.events?.at(-1)?.workflowExecutionTerminatedEventAttributes;
  if (end == null) return '';
  const why = end.reason == null || end.reason === '' ? '' : `: ${end.reason.replace(/[.\s]+$/, '')}`;
  return `${end.identity == null || end.identity === '' ? '' : ` by ${end.identity}`}${why}`;
};
