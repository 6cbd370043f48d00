import type { Machine } from './machine.js';

/** One node as an engine driver sees it. */
export interface EngineNode {
  readonly machine: Machine;
  /** The node's name, used as its replication name. */
  readonly name: string;
  readonly port: number;
  readonly engineVersion: string;
  readonly memoryBytes: number;
}

/** How many replicas must confirm a commit, of which names. 0 means asynchronous. */
export interface SyncPolicy {
  readonly required: number;
  readonly among: readonly string[];
}

/** Passwords, resolved from references inside the activity; never part of a fact or a workflow payload. */
export interface EngineCredentials {
  readonly superuser: { readonly user: string; readonly password: string };
  readonly replication: { readonly user: string; readonly password: string };
  readonly application: { readonly user: string; readonly password: string; readonly database: string };
}

/** A position in the engine's log: an LSN, a GTID set. Text, compared by the driver only. */
export type LogPosition = string;

export interface ReplicaView {
  readonly name: string;
  readonly streaming: boolean;
  readonly synchronous: boolean;
  readonly replayLagBytes: number;
}

export type NodeHealth =
  | { readonly reachable: false; readonly problem: string }
  | {
      readonly reachable: true;
      readonly role: 'primary' | 'replica';
      readonly position: LogPosition;
      /** On a replica: connected to its upstream and receiving. */
      readonly streaming: boolean;
      /** On a replica: bytes of log received but not replayed; an estimate where the engine counts otherwise. */
      readonly replayLagBytes: number;
      /** On a primary: those who stream from it. */
      readonly replicas: readonly ReplicaView[];
      readonly serverVersion: string;
    };

/**
 * The driver of one engine family with one writable primary, on any machine. It knows no provider. Every method may be
 * repeated after it was killed in the middle, and answers the same.
 */
export interface ReplicatedEngine {
  /** Programs on the machine, in the right version. */
  install(node: EngineNode): Promise<void>;
  /** Data directory, configuration, server, users; answers when it accepts writes. */
  startAsPrimary(node: EngineNode, credentials: EngineCredentials): Promise<void>;
  /** Room for the replica on its upstream (PostgreSQL: a physical slot), so that the log it needs is kept. */
  reserveReplica(upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void>;
  /** Gives that room back. */
  releaseReplica(upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void>;
  /** Full copy of the upstream's data into an empty node. A half copy from an earlier try is thrown away. */
  cloneFrom(node: EngineNode, upstream: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void>;
  /** Starts a node that holds a copy as a replica of `upstream`, or points a running replica to it. */
  followUpstream(node: EngineNode, upstream: EngineNode, credentials: EngineCredentials): Promise<void>;
  /** Answers when the replica streams and has replayed what the upstream had at the call. */
  waitUntilCaughtUp(node: EngineNode, upstream: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void>;
  setSyncPolicy(node: EngineNode, policy: SyncPolicy, credentials: EngineCredentials): Promise<void>;
  health(node: EngineNode, credentials: EngineCredentials): Promise<NodeHealth>;

  /** Makes the write pause short (PostgreSQL: checkpoint) on the old and the coming primary. */
  prepareSwitchover(primary: EngineNode, candidate: EngineNode, credentials: EngineCredentials): Promise<void>;
  /**
   * Keeps a primary from accepting writes, also over its restart, until `unfence`, and ends what could still write; all its log is
   * handed to connected replicas. PostgreSQL: a clean stop. Answers the last position. Throws when that takes longer than allowed,
   * and the primary then still serves.
   */
  fence(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<LogPosition>;
  /** Lets a fenced primary serve again; answers when it accepts writes. */
  unfence(node: EngineNode, credentials: EngineCredentials): Promise<void>;
  /** Answers when the replica has received and replayed everything up to the position; throws at the limit. */
  waitForPosition(node: EngineNode, position: LogPosition, credentials: EngineCredentials, timeoutMs: number): Promise<void>;
  /** Clean stop. Throws when it does not stop in time, and it then still serves. */
  stopCleanly(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void>;
  /** Starts a stopped node in the role its files say. */
  start(node: EngineNode, credentials: EngineCredentials): Promise<void>;
  /** Makes a replica the primary; answers when it accepts writes. Nothing to do when it is one. */
  promote(node: EngineNode, credentials: EngineCredentials): Promise<void>;
  /**
   * Makes a former primary (fenced or stopped) a replica of `upstream`: as it is where its log is a prefix of the
   * upstream's, else by rewind, else by a new copy. Answers which way.
   */
  rejoinAsReplica(
    node: EngineNode,
    upstream: EngineNode,
    credentials: EngineCredentials,
    signal: AbortSignal,
  ): Promise<{ way: 'as-is' | 'rewind' | 'clone' }>;
}
