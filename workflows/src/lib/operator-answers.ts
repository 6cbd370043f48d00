import type { OperatorVerb } from '@holdfast/domain';
import { ActivityFailure, ApplicationFailure, condition, defineUpdate, proxyLocalActivities, setHandler, type CancellationScope } from '@temporalio/workflow';
import { ANSWER_UPDATE, type JournalActivities, type OperatorAnswer, type SignedAnswer, type StepContext } from '../contracts/index.js';
import { now } from './clock.js';

const answerUpdate = defineUpdate<void, [SignedAnswer]>(ANSWER_UPDATE);

/** A signature that cannot be checked within three tries is treated as a missing one; the sender may answer again. */
const local = proxyLocalActivities<Pick<JournalActivities, 'verifyAnswer'>>({
  startToCloseTimeout: '5s',
  retry: { initialInterval: '100ms', maximumAttempts: 3 },
});

/** What the answers need to know of the operation, and do to it. */
export interface Answerable {
  /** The context of the step that runs now. */
  readonly context: () => StepContext;
  /** Why it cannot be cancelled now, as a sentence; undefined when it can. */
  readonly whyNotCancel: () => string | undefined;
  /** Journals the answer. */
  readonly record: (answer: OperatorAnswer) => Promise<void>;
  /** Tells what runs to stop. */
  readonly stop: () => void;
}

interface Question {
  readonly step: string;
  readonly allowed: readonly OperatorVerb[];
  /** Taken at once, so that a second answer is refused; in force once it is journalled. */
  taken?: OperatorAnswer;
  inForce: boolean;
}

/**
 * Takes people's answers. An answer counts only when the API has signed it for this operation and it fits what is asked now;
 * whatever is refused changes nothing. A cancel may name any step: it is meant for the whole operation.
 */
export class OperatorAnswers {
  /** Set once somebody cancelled the operation. */
  cancelledBy: OperatorAnswer | undefined;
  private question: Question | undefined;
  private readonly noncesTaken = new Set<string>();

  constructor(
    private readonly shield: CancellationScope,
    private readonly operation: Answerable,
  ) {}

  listen(): void {
    setHandler(answerUpdate, (signed) => this.shield.run(() => this.take(signed)), {
      validator: refuseMalformed,
      description: 'An answer of a person to the operation, signed by the API.',
    });
  }

  /** From now on an answer with one of these verbs is taken. */
  ask(step: string, allowed: readonly OperatorVerb[]): void {
    this.question = { step, allowed, inForce: false };
  }

  /** Answers the answer, or undefined after `waitMs`, when given. The question stays open until it is answered. */
  async answer(waitMs?: number): Promise<OperatorAnswer | undefined> {
    const arrived = (): boolean => this.question?.inForce === true;
    if (waitMs === undefined) await condition(arrived);
    else if (!(await condition(arrived, waitMs, { summary: 'Pause before the undo is tried again' }))) return undefined;
    return this.settled();
  }

  /** The answer when there is one in force. */
  settled(): OperatorAnswer | undefined {
    const { question } = this;
    if (question?.inForce !== true) return undefined;
    this.question = undefined;
    return question.taken;
  }

  /** Nothing is asked any longer. */
  withdraw(): void {
    this.question = undefined;
  }

  private async take(signed: SignedAnswer): Promise<void> {
    const { answer } = signed;
    if (Date.parse(answer.expiresAt) <= now()) throw refusal('answer-too-late', `The answer was valid until ${answer.expiresAt}.`);
    await verify(this.operation.context(), signed);
    const question = this.fittingQuestion(answer);
    // No await between the check and this: whoever comes second finds it taken.
    this.noncesTaken.add(answer.nonce);
    if (answer.verb === 'cancel') this.cancelledBy = answer;
    if (question !== undefined) question.taken = answer;
    await this.operation.record(answer);
    if (question !== undefined) question.inForce = true;
    if (answer.verb === 'cancel' || answer.verb === 'skip') this.operation.stop();
  }

  private fittingQuestion(answer: OperatorAnswer): Question | undefined {
    const { question } = this;
    const { step } = this.operation.context();
    if (this.noncesTaken.has(answer.nonce)) throw refusal('answer-not-allowed', 'This answer was taken already.');
    if (answer.verb === 'cancel') {
      const why = this.cancelledBy === undefined ? this.operation.whyNotCancel() : 'The operation is cancelled already.';
      if (why !== undefined) throw refusal('answer-not-allowed', why);
      return question?.taken === undefined ? question : undefined;
    }
    if (answer.step !== step) throw refusal('answer-too-late', `The answer is for step ${answer.step}; the operation is at ${step}.`);
    if (question === undefined) throw refusal('answer-not-allowed', `Step ${step} is not stuck; it can only be cancelled.`);
    if (question.taken !== undefined) throw refusal('answer-too-late', `Step ${step} was answered already, with ${question.taken.verb}.`);
    if (!question.allowed.includes(answer.verb)) {
      throw refusal('answer-not-allowed', `${answer.verb} is not possible at ${step}. Possible: ${question.allowed.join(', ')}.`);
    }
    return question;
  }
}

const refusal = (code: string, sentence: string): ApplicationFailure => ApplicationFailure.nonRetryable(sentence, code);

/** Shape only: what is malformed leaves no trace in the history. */
const refuseMalformed = (signed: SignedAnswer): void => {
  const texts: unknown[] = [
    signed?.signature,
    signed?.answer?.operationId,
    signed?.answer?.step,
    signed?.answer?.verb,
    signed?.answer?.expiresAt,
    signed?.answer?.nonce,
  ];
  if (texts.some((text) => typeof text !== 'string'))
    throw refusal('answer-not-signed', 'An answer is an object of answer and signature, as the API mints it.');
};

const verify = async (context: StepContext, signed: SignedAnswer): Promise<void> => {
  try {
    await local.verifyAnswer(context, signed);
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (cause instanceof ApplicationFailure && cause.type != null && cause.nonRetryable === true) throw refusal(cause.type, cause.message);
    throw refusal('answer-not-signed', `The signature could not be checked: ${cause?.message ?? 'no reason is known'}`);
  }
};
