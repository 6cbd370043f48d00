import { ensureSearchAttributes, startAgain, startOnce, type StartOrder, type WantedAttributes } from '@holdfast/infra/temporal';
import { operationStart, SEARCH_ATTRIBUTES, type OperationWorkflowInput } from '@holdfast/workflows/contracts';
import { isGrpcServiceError, ServiceError, type Client } from '@temporalio/client';

/** What a start needs to be there in Temporal's namespace. */
export const WANTED_ATTRIBUTES: WantedAttributes = {
  [SEARCH_ATTRIBUTES.cluster]: 'Keyword',
  [SEARCH_ATTRIBUTES.operation]: 'Keyword',
  [SEARCH_ATTRIBUTES.step]: 'Keyword',
  [SEARCH_ATTRIBUTES.stuck]: 'Bool',
};

/** gRPC's INVALID_ARGUMENT: Temporal is there, and refuses this one call. */
const INVALID_ARGUMENT = 3;

/** Starts operations' workflows. A Temporal whose database was lost or replaced gets the search attributes anew. */
export class OperationStarter {
  constructor(private readonly client: Client) {}

  /** Answers whether it was started now; false when it ever was. Throws what the client throws. */
  once(input: OperationWorkflowInput): Promise<boolean> {
    return this.start(input, startOnce);
  }

  /** Answers whether it was started now; false when one of its id runs. Throws what the client throws. */
  again(input: OperationWorkflowInput): Promise<boolean> {
    return this.start(input, startAgain);
  }

  private async start(input: OperationWorkflowInput, how: (client: Client, order: StartOrder) => Promise<boolean>): Promise<boolean> {
    try {
      return await how(this.client, operationStart(input));
    } catch (error) {
      if (!isRefusedCall(error)) throw error;
      await ensureSearchAttributes(this.client, WANTED_ATTRIBUTES);
      return await how(this.client, operationStart(input));
    }
  }
}

/** Temporal is there and refuses this call: another try does not help. */
export const isRefusedCall = (error: unknown): boolean => {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && cause.code === (INVALID_ARGUMENT as typeof cause.code);
};

/** Temporal cannot be reached, or does not serve. */
export const isTemporalAway = (error: unknown): boolean => (error instanceof ServiceError || isGrpcServiceError(error)) && !isRefusedCall(error);
