import type { StepContext } from './activity-context.js';

/** What the engine's driver does on nodes. Addresses, ports and versions come from the cluster's facts, passwords from Secrets. */
export interface EngineActivities {
  /** Programs on the machine. Fact NodeConfigured. */
  installEngine(context: StepContext, nodeId: string): Promise<void>;
  /** Generates the passwords where there are none. Fact PrimaryStarted. */
  startPrimary(context: StepContext, nodeId: string): Promise<void>;
  /** Room for replicas on a node that feeds them (PostgreSQL: slots). */
  reserveReplicas(context: StepContext, upstreamId: string, replicaIds: readonly string[]): Promise<void>;
  /** Gives the room back; an upstream that is stopped or gone has none. */
  releaseReplicas(context: StepContext, upstreamId: string, replicaIds: readonly string[]): Promise<void>;
  cloneReplica(context: StepContext, nodeId: string, upstreamId: string): Promise<void>;
  /** Starts the copy as a replica and waits until it has caught up. Fact ReplicaJoined. */
  startReplica(context: StepContext, nodeId: string, upstreamId: string): Promise<void>;
  /** Sets the same rule on each node that runs, so that it stays right over a promotion. `memberIds`: all nodes that count. */
  applySyncPolicy(context: StepContext, memberIds: readonly string[]): Promise<void>;
  /** Throws `verification-failed` unless exactly the primary is writable and each replica streams from it. */
  verifyReplication(context: StepContext, primaryId: string, replicaIds: readonly string[]): Promise<void>;

  /** Throws `replica-not-streaming`, `replica-behind` or `disk-full`: the candidate must not be promoted. */
  preflightPromotion(context: StepContext, candidateId: string, primaryId: string): Promise<void>;
  prepareSwitchover(context: StepContext, candidateId: string, primaryId: string): Promise<void>;
  /** Clean stop of the primary. Fact NodeFenced. Answers its last log position. */
  fencePrimary(context: StepContext, nodeId: string): Promise<{ logPosition: string }>;
  /** Starts a stopped primary as the primary again. Fact NodeUnfenced. */
  unfencePrimary(context: StepContext, nodeId: string): Promise<void>;
  waitForLogPosition(context: StepContext, nodeId: string, logPosition: string): Promise<void>;
  /** Answers when the node accepts writes. */
  promote(context: StepContext, nodeId: string): Promise<void>;
  /** Stops a candidate that left recovery, so that no second primary serves; no client has reached it. One still in recovery stays as it is. */
  retreatFromPromotion(context: StepContext, candidateId: string): Promise<void>;
  /**
   * After the primary serves again: lets the candidate follow it as before (as it is, by rewind or by copy), and gives back what
   * was reserved on the candidate for `replicaIds`.
   */
  restoreCandidate(context: StepContext, candidateId: string, primaryId: string, replicaIds: readonly string[]): Promise<void>;
  /** Lets running replicas follow another node, without a restart. */
  repointReplicas(context: StepContext, upstreamId: string, replicaIds: readonly string[]): Promise<void>;
  /** Fact NodeRejoined. */
  rejoinAsReplica(context: StepContext, nodeId: string, upstreamId: string): Promise<void>;

  stopNode(context: StepContext, nodeId: string): Promise<void>;
  startNode(context: StepContext, nodeId: string): Promise<void>;
}
