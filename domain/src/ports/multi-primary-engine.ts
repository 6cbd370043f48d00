import type { EngineCredentials, EngineNode, LogPosition } from './engine.js';

/** What a member says of itself and of the group as it sees it. */
export type MemberHealth =
  | { readonly reachable: false; readonly problem: string }
  | {
      readonly reachable: true;
      /** Takes writes now: in sync with the group, and the group has a quorum. */
      readonly writable: boolean;
      /**
       * `synced`: a full member. `joining`: it gets state. `donor`: it gives state (and still takes writes where the engine can).
       * `no-quorum`: cut off from the majority, so it refuses writes. `outside`: it runs and is in no group. `error`: it gave up.
       */
      readonly state: 'synced' | 'joining' | 'donor' | 'no-quorum' | 'outside' | 'error';
      /** The engine's own word for the state, for people. */
      readonly detail: string;
      /** Members in the group as this one sees it, itself included; 0 outside of a group. */
      readonly groupSize: number;
      readonly hasQuorum: boolean;
      /** Names of the members as this one sees them, itself included, sorted; empty outside of a group. */
      readonly members: readonly string[];
      /** What it has applied (Galera: UUID:seqno, Group Replication: a GTID set). */
      readonly position: LogPosition;
      readonly serverVersion: string;
    };

/** How a group came back that had been stopped as a whole. */
export interface GroupStart {
  /** Name of the member that had the most and began the group. */
  readonly startedFrom: string;
  readonly position: LogPosition;
}

/**
 * The driver of an engine whose nodes are all writable members of one group: Galera, Group Replication. It knows no provider.
 * Every method may be repeated after it was killed in the middle, and answers the same. Errors of nodes are thrown as the
 * adapters' errors with `nodeName` and `logTail`, as in ReplicatedEngine.
 *
 * `members` is always the whole group as it shall be, the node itself included, in one order, also where some have not joined
 * yet: a member that starts alone later must find any of them.
 */
export interface MultiPrimaryEngine {
  /** Programs on the machine, in the right version. */
  install(node: EngineNode): Promise<void>;
  /**
   * Data directory, configuration, users; the first member of a new group. Answers when it accepts writes. Nothing to do where the
   * node is in a group already, of any size: it never begins a second group beside one of `members` that runs.
   */
  bootstrapGroup(node: EngineNode, members: readonly EngineNode[], credentials: EngineCredentials): Promise<void>;
  /**
   * The node becomes a member by state transfer from one that is in sync; answers when it is in sync and takes writes. An empty
   * node gets everything; one that left or was stopped gets what it lacks. A half transfer of an earlier try is thrown away.
   * One at a time: a donor serves one joiner.
   */
  joinGroup(node: EngineNode, members: readonly EngineNode[], credentials: EngineCredentials, signal: AbortSignal): Promise<void>;
  /** Writes the list of members into the configuration of this member, and into the running server, without restarting it. */
  rememberMembers(node: EngineNode, members: readonly EngineNode[], credentials: EngineCredentials): Promise<void>;
  /**
   * The node says goodbye, so that the group counts one less instead of missing one, and its server stops. Nothing to do where it
   * is stopped. Throws when that takes longer than allowed.
   */
  leaveGroup(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void>;
  memberHealth(node: EngineNode, credentials: EngineCredentials): Promise<MemberHealth>;
  /** Clean stop of the server; like leaveGroup to the group. Throws when it does not stop in time. */
  stop(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void>;
  /**
   * Starts a group whose members are all stopped, from the one that has the most, and joins the others to it one after the other;
   * where a group with a quorum runs, only joins who is missing. Answers when all are in sync. Never begins from a member that
   * has less than another that it can ask; throws where it cannot ask all of them.
   */
  startGroup(members: readonly EngineNode[], credentials: EngineCredentials, signal: AbortSignal): Promise<GroupStart>;
}
