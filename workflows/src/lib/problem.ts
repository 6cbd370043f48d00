import type { StepProblem } from '@holdfast/domain';
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { FINAL_FAILURES } from '../contracts/failures.js';

/** Codes are written so; a type such as `TypeError` is an error that no adapter foresaw. */
const CODE_PATTERN = /^[a-z]+(?:-[a-z]+)*$/;

/** What went wrong, as the journal tells it. */
export const problemOf = (error: unknown): StepProblem => {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure) {
    const code = cause.type != null && CODE_PATTERN.test(cause.type) ? cause.type : 'unexpected-error';
    return { code, message: cause.message, ...detailOf(cause) };
  }
  if (cause instanceof TimeoutFailure) return timeoutProblem(error, cause);
  return { code: 'internal-error', message: cause instanceof Error ? cause.message : String(cause) };
};

/** Whether trying again cannot help. */
export const isFinal = (error: unknown): boolean => {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure) return cause.nonRetryable === true || FINAL_FAILURES.includes(cause.type ?? '');
  return !(cause instanceof TimeoutFailure);
};

const causeOf = (error: unknown): unknown => (error instanceof ActivityFailure ? (error.cause ?? error) : error);

const detailOf = (failure: ApplicationFailure): Partial<StepProblem> => {
  const [detail] = failure.details ?? [];
  if (typeof detail !== 'object' || detail === null) return {};
  const told = Object.entries(detail).filter(([name, value]) => ['node', 'command', 'outputTail'].includes(name) && typeof value === 'string');
  return Object.fromEntries(told);
};

const timeoutProblem = (error: unknown, timeout: TimeoutFailure): StepProblem => {
  const activity = error instanceof ActivityFailure ? error.activityType : 'The activity';
  return timeout.timeoutType === 'HEARTBEAT'
    ? { code: 'worker-lost', message: `${activity} gave no sign of life: its worker died or was cut off.` }
    : { code: 'no-answer', message: `${activity} took longer than it may.` };
};
