import type { ClusterEvent, OperationEvent } from '@holdfast/domain';
import type { StepContext } from './activity-context.js';
import type { SignedAnswer } from './operation-workflow.js';

/** Short and idempotent: run as local activities, so that a step costs few milliseconds (stack.md: 8 ms against 33 ms). */
export interface JournalActivities {
  /**
   * Appends to the operation's stream. Each entry carries a key that is unique within the operation; the fact's id is made
   * from operation and key, so a repeated call writes nothing.
   */
  appendJournal(context: StepContext, entries: readonly { key: string; event: OperationEvent }[]): Promise<void>;
  /** Appends the operation's end to the cluster's stream, which frees the lock. */
  endOperation(context: StepContext, event: Extract<ClusterEvent, { type: 'OperationSucceeded' | 'OperationFailed' | 'OperationCancelled' | 'OperationUndone' }>): Promise<void>;
  /** Throws `answer-not-signed` unless the signature is the API's, the answer is for this operation, and it has not expired. */
  verifyAnswer(context: StepContext, answer: SignedAnswer): Promise<void>;
}
