import type { StepContext } from './activity-context.js';

/** Nodes of one shard. */
export interface ShardOrder {
  readonly primaryId: string;
  readonly replicaIds: readonly string[];
}

/** What the driver of a sharded engine does on nodes. Addresses, ports and versions come from the cluster's facts. */
export interface ShardActivities {
  /** Server in cluster mode without slots; generates the passwords where there are none. */
  startEmptyNode(context: StepContext, nodeId: string): Promise<void>;
  /** Facts ShardNodeJoined of every node, SlotsSpread. */
  formCluster(context: StepContext, shards: readonly ShardOrder[]): Promise<void>;
  /** Waits until the node has caught up. Fact ShardNodeJoined. */
  attachReplica(context: StepContext, nodeId: string, primaryId: string): Promise<void>;
  /** Moves an even share of the slots to an empty primary, while clients write. `primaryIds`: those that serve. Facts ShardNodeJoined, SlotsSpread. */
  moveSlotsTo(context: StepContext, primaryId: string, primaryIds: readonly string[]): Promise<void>;
  /** Moves all slots of a primary to the others, while clients write. Fact SlotsSpread. */
  drainShard(context: StepContext, primaryId: string, otherPrimaryIds: readonly string[]): Promise<void>;
  /** Moves slots until each of them has its even share. Fact SlotsSpread. */
  spreadSlots(context: StepContext, primaryIds: readonly string[]): Promise<void>;
  /** `otherIds` forget the nodes for good. A node that has no machine is forgotten by nobody: nobody knew it. */
  forgetNodes(context: StepContext, nodeIds: readonly string[], otherIds: readonly string[]): Promise<void>;
  /** A replica takes its shard over from a primary that serves. */
  takeShardOver(context: StepContext, replicaId: string, primaryId: string): Promise<void>;
  /**
   * Throws `verification-failed` unless all slots are served, each primary has slots, and each replica streams from its primary.
   * Where `orElse` is given, shards that are as it says will do too.
   */
  verifyShards(context: StepContext, shards: readonly ShardOrder[], orElse?: readonly ShardOrder[]): Promise<void>;
}
