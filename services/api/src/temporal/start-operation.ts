import { startOnce } from '@holdfast/infra/temporal';
import { operationStart } from '@holdfast/workflows/contracts';
import type { Client } from '@temporalio/client';
import type { StartWorkflow } from '../operations/operation-starter.js';

/** Starts in the same way as the dispatcher; whoever comes second does nothing. */
export const startWith =
  (client: Client): StartWorkflow =>
  async (input) => {
    await startOnce(client, operationStart(input));
  };
