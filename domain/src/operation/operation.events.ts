/** Why a step failed: what was tried where, and the last lines that were printed. Never holds a secret. */
export interface StepProblem {
  /** Stable code such as `command-failed`, `port-taken`, `disk-full`, `deadline-exceeded`. */
  readonly code: string;
  readonly message: string;
  readonly node?: string;
  readonly command?: string;
  readonly outputTail?: string;
}

export type OperatorVerb = 'cancel' | 'retry' | 'skip' | 'abort';

/** The journal of one operation, in stream `operation-{id}`. Its beginning and end stand in the cluster's stream: there they are the lock. */
export type OperationEvent =
  | { type: 'StepStarted'; data: StepData & { attempt: number } }
  | { type: 'StepCompleted'; data: StepData & { durationMs: number; result?: unknown } }
  | { type: 'StepFailed'; data: StepData & { attempt: number; problem: StepProblem } }
  | { type: 'StepSkipped'; data: StepData & { actor: string } }
  | { type: 'StepUndone'; data: StepData }
  | { type: 'PointOfNoReturnPassed'; data: StepData }
  | { type: 'OperationStuck'; data: StepData & { undoing: boolean; problem: StepProblem; answers: readonly OperatorVerb[] } }
  | { type: 'OperatorAnswered'; data: StepData & { verb: OperatorVerb; actor: string; reason?: string } }
  | { type: 'OperationInterrupted'; data: { operationId: string; clusterId: string; by: string; detail: string } };

interface StepData {
  operationId: string;
  clusterId: string;
  step: string;
}

export const operationStream = (operationId: string): string => `operation-${operationId}`;
