import { isGrpcServiceError, ServiceError, WorkflowNotFoundError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AnswerSigner, CodecEndpoint } from '@holdfast/infra/temporal';
import { ANSWER_UPDATE, type OperatorAnswer, type SignedAnswer } from '@holdfast/workflows/contracts';
import { AnswerRefused, TemporalUnavailable, type PayloadJson, type TemporalDoor } from './temporal-door.js';

/** A worker takes an answer within milliseconds; longer means that there is none. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Temporal itself answers within milliseconds, or is away. */
const CHECK_TIMEOUT_MS = 2_000;

/** Reaches running operations through Temporal's client. */
export class TemporalClientDoor implements TemporalDoor {
  constructor(
    private readonly client: Client,
    private readonly signer: AnswerSigner,
    private readonly codec: CodecEndpoint,
  ) {}

  async answer(answer: OperatorAnswer): Promise<void> {
    const signed: SignedAnswer = this.signer.sign(answer);
    const operation = this.client.workflow.getHandle(answer.operationId);
    try {
      // Else its absence would be told only after the time that a worker has.
      await this.check();
      // The nonce as the update's id: a repeat by the client library is the same answer.
      await this.client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () =>
        operation.executeUpdate<void, [SignedAnswer]>(ANSWER_UPDATE, { args: [signed], updateId: answer.nonce }),
      );
    } catch (error) {
      throw explain(error, answer);
    }
  }

  async check(): Promise<void> {
    await this.client.withDeadline(Date.now() + CHECK_TIMEOUT_MS, () => this.client.workflowService.getSystemInfo({}));
  }

  decode(payloads: readonly PayloadJson[]): Promise<PayloadJson[]> {
    return this.codec.decode(payloads);
  }

  encode(payloads: readonly PayloadJson[]): Promise<PayloadJson[]> {
    return this.codec.encode(payloads);
  }
}

const explain = (error: unknown, { operationId, expiresAt }: OperatorAnswer): unknown => {
  if (error instanceof WorkflowUpdateFailedError) {
    const { cause } = error;
    return cause instanceof ApplicationFailure ? new AnswerRefused(cause.type ?? 'answer-not-allowed', cause.message) : new AnswerRefused('answer-not-allowed', error.message);
  }
  if (error instanceof WorkflowNotFoundError) return new AnswerRefused('operation-not-started', `Operation ${operationId} does not run in Temporal now; it is started, or brought to its end, within seconds.`);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return new TemporalUnavailable(`No worker has taken the answer within ${ANSWER_TIMEOUT_MS / 1000} s; it may still be taken until ${expiresAt}.`, { cause: error });
  }
  if (error instanceof ServiceError || isGrpcServiceError(error)) return new TemporalUnavailable('Temporal cannot be reached, so nothing was answered.', { cause: error });
  return error;
};
