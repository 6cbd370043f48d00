import type { OperationJournal, StepState } from '@holdfast/domain';
import type { ResumeOrder } from '../contracts/index.js';
import type { StopReason } from './stop.js';

/** What an earlier run of the same operation left behind; empty for a first run. */
export class Resume {
  /** Whether what was started is to be undone, and nothing new begun. */
  readonly undoing: boolean;

  constructor(private readonly order: ResumeOrder | undefined) {
    const journal = order?.journal;
    this.undoing = journal !== undefined && !journal.pointOfNoReturnPassed && (order?.direction === 'undo' || isBeingUndone(journal));
  }

  get pointOfNoReturnPassed(): boolean {
    return this.order?.journal.pointOfNoReturnPassed ?? false;
  }

  step(name: string): StepState | undefined {
    return this.order?.journal.steps.find((step) => step.name === name);
  }

  /** How the operation ends after the undo: as it would have ended without the interruption, where the journal tells it. */
  reason(step: string): StopReason {
    const { direction, journal, cause } = this.order ?? { direction: 'undo', journal: undefined, cause: '' };
    if (direction === 'undo' || journal === undefined) return { outcome: 'undone', step, cause };
    if (journal.answers.some((answer) => answer.verb === 'cancel')) return { outcome: 'cancelled', step };
    const abort = journal.answers.find((answer) => answer.verb === 'abort');
    if (abort !== undefined) return { outcome: 'undone', step: abort.step, cause: `${abort.actor} aborted it.` };
    const failed = journal.steps.find((candidate) => candidate.problem !== undefined);
    if (failed?.problem !== undefined) return { outcome: 'failed', step: failed.name, problem: failed.problem };
    return { outcome: 'undone', step, cause };
  }
}

const isBeingUndone = (journal: OperationJournal): boolean =>
  journal.steps.some((step) => step.status === 'undone') || journal.answers.some((answer) => answer.verb === 'cancel' || answer.verb === 'abort');
