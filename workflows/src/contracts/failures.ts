import type { StepProblem } from '@holdfast/domain';

/**
 * How an activity says what went wrong: an ApplicationFailure whose `type` is the problem's code, whose message is its sentence,
 * and whose first detail is this. `nonRetryable` means that trying again cannot help; everything else is tried until the step's
 * deadline.
 */
export type FailureDetail = Pick<StepProblem, 'node' | 'command' | 'outputTail'>;

/** Codes that are never tried again, whatever their failure says: the cluster's own stream has refused, and it does not forget. */
export const FINAL_FAILURES: readonly string[] = ['lock-not-held', 'second-primary', 'unknown-cluster', 'unknown-node'];
