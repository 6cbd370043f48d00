import type { EngineCredentials, EngineNode, LogPosition } from './engine.js';

/** One shard as it shall be: who takes its writes, and who copies them. */
export interface Shard {
  readonly primary: EngineNode;
  readonly replicas: readonly EngineNode[];
}

/** What a node says of itself and of the cluster as it sees it. */
export type ShardNodeHealth =
  | { readonly reachable: false; readonly problem: string }
  | {
      readonly reachable: true;
      /** `empty`: it belongs to no shard: a primary without slots. */
      readonly role: 'primary' | 'replica' | 'empty';
      /** Every slot is served, as this node sees it (`cluster_state:ok`). */
      readonly clusterOk: boolean;
      /** Slots that this node serves; of a replica, those of its primary. */
      readonly slotCount: number;
      /** Slots that are on their way to or from this node: a move was broken off. */
      readonly slotsInMotion: number;
      /** On a replica: the node that it copies, by its name or, where the engine knows no names, as `host:port`. */
      readonly primaryName?: string;
      /** On a replica: its link is up and its first copy is done. */
      readonly streaming: boolean;
      /** On a replica: bytes it is behind its primary's offset; 0 on others. */
      readonly replayLagBytes: number;
      readonly position: LogPosition;
      /** `host:port` of every node that it knows, itself included, sorted; none that was forgotten. */
      readonly knownAddresses: readonly string[];
      readonly serverVersion: string;
    };

/** How far a move of slots is. */
export interface SlotProgress {
  readonly slotsMoved: number;
  readonly slotsToMove: number;
}

/** How a long move is watched and ended: after the signal it stops between two slots and throws the signal's reason. */
export interface MoveOptions {
  readonly signal: AbortSignal;
  /** Called now and then, at least each few seconds while it moves. */
  readonly onProgress: (progress: SlotProgress) => void;
}

/**
 * The driver of an engine that spreads its data over shards by slots: Valkey and Redis in cluster mode. It knows no provider.
 * Every method may be repeated after it was killed in the middle, and answers the same: a slot that was left open by an earlier
 * try is closed first, and what is moved already is not moved again.
 */
export interface ShardedEngine {
  /** Programs on the machine, in the right version. */
  install(node: EngineNode): Promise<void>;
  /**
   * Configuration, users and server in cluster mode; it has no slot and knows nobody. Answers when it answers. Keeps what it has on a
   * repeated call. For as long as it lives, while it is a primary it takes writes only with `required` replicas that have confirmed
   * lately; 0 is asynchronous.
   */
  startEmpty(node: EngineNode, required: number, credentials: EngineCredentials): Promise<void>;
  /**
   * Empty nodes become one cluster: they meet, the slots are spread evenly over the primaries in their order, replicas are attached.
   * Answers when every node says that all slots are served and every replica streams.
   */
  formCluster(shards: readonly Shard[], credentials: EngineCredentials, signal: AbortSignal): Promise<void>;
  /**
   * An empty node meets `primary`, and with it the cluster, and copies it; answers when it streams. Also points a replica of another
   * shard to it. `primary` may be empty and alone as yet.
   */
  attachReplica(node: EngineNode, primary: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void>;
  /**
   * An empty node meets the cluster of `primaries` and takes its even share of slots from them while clients write. Answers when all
   * primaries hold their even share, to one slot. Its replicas are attached by attachReplica, before: so that no slot is ever alone.
   */
  addShard(primary: EngineNode, primaries: readonly EngineNode[], credentials: EngineCredentials, options: MoveOptions): Promise<void>;
  /** All slots of a shard go to the `others`, evenly, while clients write. Answers when it serves none. */
  drainShard(primary: EngineNode, others: readonly EngineNode[], credentials: EngineCredentials, options: MoveOptions): Promise<void>;
  /**
   * Every node of `others` forgets the node, and the node itself is reset, so that gossip does not bring it back. Refused by an
   * error while it serves a slot. A node that cannot be reached is only forgotten.
   */
  forgetNode(node: EngineNode, others: readonly EngineNode[], credentials: EngineCredentials): Promise<void>;
  /** Where `primaries` do not hold their even share, slots move until they do: the way back of a broken addShard or drainShard. */
  spreadEvenly(primaries: readonly EngineNode[], credentials: EngineCredentials, options: MoveOptions): Promise<void>;
  shardHealth(node: EngineNode, credentials: EngineCredentials): Promise<ShardNodeHealth>;
  /**
   * A replica takes its shard over while the primary lives (CLUSTER FAILOVER): the primary pauses its clients until the replica has all
   * its log. Answers when the replica is the primary of the shard and the former primary streams from it. Nothing to do where it
   * is so. Throws at the limit, and the former primary then still serves.
   */
  failOverWithinShard(replica: EngineNode, primary: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void>;
  /** Clean stop. Throws when it does not stop in time. */
  stop(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void>;
  /** Starts a stopped node as what it was; answers when it answers. */
  start(node: EngineNode, credentials: EngineCredentials): Promise<void>;
}
