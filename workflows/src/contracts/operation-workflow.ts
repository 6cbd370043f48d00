import type { OperationInputs, OperationJournal, OperationKind, OperationPlan, OperatorVerb } from '@holdfast/domain';

/**
 * Input of every operation's workflow. The workflow's type is the operation's kind, its id the operation's id.
 * It holds no secret: passwords are looked up by reference inside activities.
 */
export interface OperationWorkflowInput<K extends OperationKind = OperationKind> {
  readonly operationId: string;
  readonly clusterId: string;
  /** For summaries people read. */
  readonly clusterName: string;
  readonly kind: K;
  readonly actor: string;
  readonly reason?: string;
  readonly input: OperationInputs[K];
  readonly plan: OperationPlan;
  /** Present when an earlier run of this operation was lost or terminated: what its journal says. */
  readonly resume?: ResumeOrder;
}

/**
 * `forward`: steps that were completed are not run again (their results come from the journal), the rest is run.
 * `undo`: nothing new is started; what was started is undone. Past the point of no return the reconciler always orders `forward`.
 */
export interface ResumeOrder {
  readonly direction: 'forward' | 'undo';
  readonly journal: OperationJournal;
  /** Why there was an interruption, as a sentence. */
  readonly cause: string;
}

/** What the workflow answers; the facts say the same. */
export interface OperationWorkflowResult {
  readonly outcome: 'succeeded' | 'failed' | 'cancelled' | 'undone';
}

/** Name of the update by which a person's answer reaches a running operation. */
export const ANSWER_UPDATE = 'answer';

/** The answer itself. `step` is the step it is meant for; an answer for another step comes too late and is refused. */
export interface OperatorAnswer {
  readonly operationId: string;
  readonly step: string;
  readonly verb: OperatorVerb;
  readonly actor: string;
  readonly reason?: string;
  /** RFC 3339 UTC; the answer is refused afterwards. */
  readonly expiresAt: string;
  /** Random, so that one answer is taken once. */
  readonly nonce: string;
}

/** Minted by the API only: Ed25519 over the canonical JSON of `answer`, base64url. */
export interface SignedAnswer {
  readonly answer: OperatorAnswer;
  readonly signature: string;
}

/** Task queue of workflows and activities. */
export const TASK_QUEUE = 'holdfast';

/** Search attributes that Temporal must know; all but the last are Keyword. */
export const SEARCH_ATTRIBUTES = {
  cluster: 'HoldfastCluster',
  operation: 'HoldfastOperation',
  step: 'HoldfastStep',
  /** Bool: it waits for a person. */
  stuck: 'HoldfastStuck',
} as const;
