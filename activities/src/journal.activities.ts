import { DuplicateFact, operationStream, type Clock, type EventStore, type NewFact, type OperationEvent } from '@holdfast/domain';
import type { JournalActivities, SignedAnswer, StepContext } from '@holdfast/workflows/contracts';
import { ApplicationFailure } from '@temporalio/common';
import { ClusterLedger } from './lib/cluster-ledger.js';
import { factId } from './lib/deterministic-uuid.js';

/** Knows the API's signature. */
export interface SignatureCheck {
  /** Whether the API signed exactly this answer. Throws while it cannot know. */
  isSigned(signed: SignedAnswer): boolean;
}

type JournalEntries = Parameters<JournalActivities['appendJournal']>[1];
type EndEvent = Parameters<JournalActivities['endOperation']>[1];

/** Writes what happens to an operation, and checks the answers that people give it. */
export class JournalActivitiesOnStore implements JournalActivities {
  private readonly ledger: ClusterLedger;

  constructor(
    private readonly store: EventStore,
    private readonly signatures: SignatureCheck,
    private readonly clock: Clock,
  ) {
    this.ledger = new ClusterLedger(store);
  }

  async appendJournal(context: StepContext, entries: JournalEntries): Promise<void> {
    if (entries.length === 0) return;
    const stream = operationStream(context.operationId);
    const facts = entries.map(({ key, event }) => journalFact(context, key, event));
    try {
      await this.store.append(stream, 'any', facts);
    } catch (error) {
      if (!(error instanceof DuplicateFact)) throw error;
      // Some of them are stored, by a run that was lost before it knew.
      const stored = new Set((await this.store.readStream(stream)).map((fact) => fact.id));
      const missing = facts.filter((fact) => !stored.has(fact.id));
      if (missing.length === facts.length) throw error;
      if (missing.length > 0) await this.store.append(stream, 'any', missing);
    }
  }

  async endOperation(context: StepContext, event: EndEvent): Promise<void> {
    await this.ledger.record(context, [event]);
  }

  async verifyAnswer(context: StepContext, signed: SignedAnswer): Promise<void> {
    if (!this.signatures.isSigned(signed)) throw notSigned('The answer is not signed by the API.');
    const { operationId, expiresAt } = signed.answer;
    if (operationId !== context.operationId) throw notSigned(`The answer is for operation ${operationId}.`);
    if (!(Date.parse(expiresAt) > this.clock.now().getTime())) throw notSigned(`The answer was valid until ${expiresAt}.`);
  }
}

const notSigned = (sentence: string): ApplicationFailure => ApplicationFailure.nonRetryable(sentence, 'answer-not-signed');

const journalFact = ({ operationId, actor, reason, step }: StepContext, key: string, event: OperationEvent): NewFact<OperationEvent> => ({
  id: factId(operationId, 'journal', key),
  type: event.type,
  schemaVersion: 1,
  data: event.data,
  meta: {
    actor: event.type === 'OperatorAnswered' ? event.data.actor : actor,
    ...(reason === undefined ? {} : { reason }),
    correlationId: operationId,
    step: 'step' in event.data ? event.data.step : step,
  },
});
