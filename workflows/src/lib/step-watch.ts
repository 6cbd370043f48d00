import type { StepProblem } from '@holdfast/domain';
import { ApplicationFailure } from '@temporalio/workflow';
import type { StepContext } from '../contracts/index.js';

/** What an activity call needs of the step in whose name it is made. */
export interface StepWatch {
  /** A sentence for Temporal's web UI. */
  readonly summary: string;
  /** Told after each round of tries that failed; when it throws, there is no further round. */
  readonly roundFailed: (problem: StepProblem) => Promise<void>;
}

const watches = new WeakMap<StepContext, StepWatch>();

/** Makes a context whose activity calls are watched. */
export const watched = (context: StepContext, watch: StepWatch): StepContext => {
  watches.set(context, watch);
  return context;
};

/** Activities may only be called with the context that a step's `do` or `undo` was given. */
export const watchOf = (context: StepContext): StepWatch => {
  const watch = watches.get(context);
  if (watch === undefined) throw ApplicationFailure.nonRetryable('An activity was called outside a step.', 'internal-error');
  return watch;
};
