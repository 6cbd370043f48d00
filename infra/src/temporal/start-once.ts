import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowStartOptions } from '@temporalio/client';
import { withinCallTimeout } from './connect.js';

/** A start without a choice about repeats: that is `startOnce`'s and `startAgain`'s own. */
export type StartOrder = { readonly workflowType: string } & Omit<WorkflowStartOptions, 'workflowIdReusePolicy' | 'workflowIdConflictPolicy'>;

/**
 * Starts a workflow unless its id was ever used. Answers whether it did. Throws what the client throws while Temporal is away:
 * the start may then have happened, and a repeat is harmless.
 */
export const startOnce = (client: Client, order: StartOrder): Promise<boolean> => start(client, order, 'REJECT_DUPLICATE');

/** Starts a workflow unless one of its id runs: for one whose earlier run was ended from outside. */
export const startAgain = (client: Client, order: StartOrder): Promise<boolean> => start(client, order, 'ALLOW_DUPLICATE');

const start = async (client: Client, { workflowType, ...options }: StartOrder, reuse: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE'): Promise<boolean> => {
  try {
    await withinCallTimeout(client, () => client.workflow.start(workflowType, { ...options, workflowIdReusePolicy: reuse, workflowIdConflictPolicy: 'FAIL' }));
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
};
