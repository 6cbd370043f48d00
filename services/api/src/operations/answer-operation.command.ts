import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { OperatorVerb } from '@holdfast/domain';
import { v4 } from 'uuid';
import { z } from 'zod';
import { TEMPORAL_DOOR } from '../api-dependencies.js';
import type { RequestContext } from '../http/request-context.js';
import { Problem, unavailable } from '../problems/problem.js';
import { AnswerRefused, TemporalUnavailable, type TemporalDoor } from '../temporal/temporal-door.js';
import { operatorVerb } from '../views/operation.view.js';
import { REASON_MAX } from './operation-order.js';
import type { OperationHistory } from './operation-history.js';
import { OperationReader } from './operation-reader.js';
import { stateOf } from './view-operation.js';

export const answerBody = z
  .strictObject({
    step: z.string().max(200).optional().meta({ description: 'The step it is meant for; the current one when absent. For another step it comes too late and is refused.' }),
    reason: z.string().max(REASON_MAX).optional(),
  })
  .meta({ id: 'AnswerBody' });

export const answerTaken = z
  .object({ operation: z.object({ id: z.string() }), verb: operatorVerb, step: z.string() })
  .meta({ id: 'AnswerTaken', description: 'The workflow has taken the answer; what it does is told by the operation.' });
export type AnswerTaken = z.infer<typeof answerTaken>;

/** An answer that was held up for longer is no longer what somebody wants now. */
const ANSWER_VALID_MS = 15_000;

/** A person's answer to a running operation: cancel, retry, skip or abort. */
export class AnswerOperationCommand extends Command<AnswerTaken> {
  constructor(
    readonly context: RequestContext,
    readonly operationId: string,
    readonly verb: OperatorVerb,
    readonly body: z.infer<typeof answerBody>,
  ) {
    super();
  }
}

@CommandHandler(AnswerOperationCommand)
export class AnswerOperationHandler implements ICommandHandler<AnswerOperationCommand> {
  constructor(
    @Inject(OperationReader) private readonly reader: OperationReader,
    @Inject(TEMPORAL_DOOR) private readonly temporal: TemporalDoor,
  ) {}

  async execute({ context, operationId, verb, body }: AnswerOperationCommand): Promise<AnswerTaken> {
    const operation = await this.reader.read(operationId);
    if (operation.end !== undefined) throw new Problem(409, 'operation-ended', `Operation ${operationId} has ended: ${stateOf(operation)}.`);
    const step = body.step ?? currentStep(operation);
    const expiresAt = new Date(Date.now() + ANSWER_VALID_MS).toISOString();
    const reason = body.reason === undefined ? {} : { reason: body.reason };
    try {
      await this.temporal.answer({ operationId, step, verb, actor: context.actor, ...reason, expiresAt, nonce: v4() });
    } catch (error) {
      if (error instanceof AnswerRefused) throw new Problem(409, error.code, error.message, { operationId });
      if (error instanceof TemporalUnavailable) throw unavailable('temporal-unavailable', error.message);
      throw error;
    }
    return { operation: { id: operationId }, verb, step };
  }
}

/** The stuck one, else the newest that was started, else the first of the plan. */
const currentStep = ({ journal, accepted }: OperationHistory): string => journal.stuck?.step ?? journal.steps.at(-1)?.name ?? accepted.data.plan.steps[0]?.name ?? '';
