import type { Client } from '@temporalio/client';
import { startOnce } from '@holdfast/infra/temporal';
import { operationStart } from '@holdfast/workflows/contracts';
import type { StartWorkflow } from '../operations/operation-starter.js';

/** Starts as the dispatcher does; whoever comes second does nothing. */
export const startWith =
  (client: Client): StartWorkflow =>
  async (input) => {
    await startOnce(client, operationStart(input));
  };
