import type { OperationEvent, OperatorVerb, StepProblem } from './operation.events.js';
import { never } from '../kernel/never.js';

export type StepStatus = 'running' | 'completed' | 'failed' | 'skipped' | 'undone';

export interface StepState {
  readonly name: string;
  readonly status: StepStatus;
  readonly attempt: number;
  readonly result?: unknown;
  readonly problem?: StepProblem;
}

/** How far an operation has come, folded from its journal. */
export interface OperationJournal {
  /** In the order they were started. */
  readonly steps: readonly StepState[];
  readonly pointOfNoReturnPassed: boolean;
  readonly stuck?: { readonly step: string; readonly undoing: boolean; readonly problem: StepProblem; readonly answers: readonly OperatorVerb[] };
  /** Set once somebody asked for the end: nothing new may be started. */
  readonly interrupted: boolean;
  readonly answers: readonly { readonly verb: OperatorVerb; readonly actor: string; readonly step: string }[];
}

export const EMPTY_JOURNAL: OperationJournal = { steps: [], pointOfNoReturnPassed: false, interrupted: false, answers: [] };

export const evolveJournal = (journal: OperationJournal, event: OperationEvent): OperationJournal => {
  switch (event.type) {
    case 'StepStarted':
      return withStep(withoutStuck(journal), { name: event.data.step, status: 'running', attempt: event.data.attempt });
    case 'StepCompleted':
      return patchStep(withoutStuck(journal), event.data.step, { status: 'completed', result: event.data.result });
    case 'StepFailed':
      return patchStep(journal, event.data.step, { status: 'failed', problem: event.data.problem });
    case 'StepSkipped':
      return patchStep(withoutStuck(journal), event.data.step, { status: 'skipped' });
    case 'StepUndone':
      return patchStep(withoutStuck(journal), event.data.step, { status: 'undone' });
    case 'PointOfNoReturnPassed':
      return { ...journal, pointOfNoReturnPassed: true };
    case 'OperationStuck':
      return { ...journal, stuck: { step: event.data.step, undoing: event.data.undoing, problem: event.data.problem, answers: event.data.answers } };
    case 'OperatorAnswered':
      return { ...withoutStuck(journal), answers: [...journal.answers, { verb: event.data.verb, actor: event.data.actor, step: event.data.step }] };
    case 'OperationInterrupted':
      return { ...journal, interrupted: true };
    default:
      return never(event);
  }
};

const withoutStuck = ({ stuck: _, ...journal }: OperationJournal): OperationJournal => journal;

const withStep = (journal: OperationJournal, step: StepState): OperationJournal => ({
  ...journal,
  steps: [...journal.steps.filter((other) => other.name !== step.name), step],
});

const patchStep = (journal: OperationJournal, name: string, patch: Partial<StepState>): OperationJournal => ({
  ...journal,
  steps: journal.steps.map((step) => (step.name === name ? { ...step, ...patch } : step)),
});
