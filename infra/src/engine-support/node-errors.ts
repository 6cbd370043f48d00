import type { SyncPolicy } from '@holdfast/domain';

/** Lines of a server's log that go with an error: enough to see why, little enough for a screen. */
export const LOG_TAIL_LINES = 12;

/** What is wrong with a node, with the last lines its server printed. Carries no secrets: passwords never reach a server's log. */
export abstract class EngineNodeError extends Error {
  constructor(
    readonly nodeName: string,
    detail: string,
    readonly logTail: readonly string[] = [],
  ) {
    super([`${nodeName}: ${detail}`, ...logTail].join('\n'));
  }
}

/** Thrown when a node cannot be asked: nobody listens, it does not let anyone in yet, or the connection broke. May pass by itself. */
export class NodeNotAnswering extends EngineNodeError {
  override readonly name = 'NodeNotAnswering';
  constructor(
    nodeName: string,
    detail: string,
    /** The server's own code of its refusal (SQLSTATE, an error number), else the system's (ECONNREFUSED), else empty. */
    readonly code: string,
  ) {
    super(nodeName, detail);
  }
}

/** Thrown when the server does not come up. */
export class ServerDidNotStart extends EngineNodeError {
  override readonly name = 'ServerDidNotStart';
}

/** Thrown when a clean stop or a fencing took too long. The server serves again. */
export class StopTimedOut extends EngineNodeError {
  override readonly name = 'StopTimedOut';
}

/** Thrown when a node is not in the state that the call needs, such as a copy that is not complete. */
export class WrongNodeState extends EngineNodeError {
  override readonly name = 'WrongNodeState';
}

/** Thrown when a replica does not get where it should: not streaming, or no progress. */
export class ReplicaNotReady extends EngineNodeError {
  override readonly name = 'ReplicaNotReady';
}

/** Thrown when a replica was not promoted within the limit. */
export class PromotionTimedOut extends EngineNodeError {
  override readonly name = 'PromotionTimedOut';
}

/** Thrown when the server did not take over a setting within the limit. */
export class SettingNotInForce extends EngineNodeError {
  override readonly name = 'SettingNotInForce';
}

/** Thrown for a policy no cluster can meet. */
export class NotASyncPolicy extends Error {
  override readonly name = 'NotASyncPolicy';
  constructor(readonly policy: SyncPolicy) {
    super(`${policy.required} of ${policy.among.length} replicas cannot be required.`);
  }
}
