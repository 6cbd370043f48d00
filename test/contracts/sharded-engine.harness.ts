import type { EngineCredentials, EngineNode, Shard, ShardedEngine } from '@holdfast/domain';
import type { ShardClient } from '../support/servers/shard-client.js';

export type ClusterClient = ShardClient;
export { lostBy, percentile, ShardWriter as ClusterWriter, whileShardsAreWritten } from '../support/servers/shard-writer.js';

/** What the contract needs to know about a sharded engine beyond its port. */
export interface ShardedHarness {
  readonly engine: ShardedEngine;
  readonly credentials: EngineCredentials;
  /** A machine with nothing on it. */
  createNode(name: string): Promise<EngineNode>;
  connect(seeds: readonly EngineNode[]): Promise<ClusterClient>;
  /** Keys that lie on a node. */
  keyCount(node: EngineNode): Promise<number>;
  /** Leaves a slot of `from` half moved to `to`, as a driver does that is killed in the middle. Answers a key of it that was moved. */
  leaveSlotOpen(from: EngineNode, to: EngineNode): Promise<void>;
  /** Ends the server as a power cut does; answers when its machine has started it again. */
  crash(node: EngineNode): Promise<void>;
  /** The server answers nothing any more; call the answer to let it go on. */
  freeze(node: EngineNode): Promise<() => void>;
  destroy(): Promise<void>;
}

export type MakeShardedHarness = () => Promise<ShardedHarness>;

/** An empty primary and its empty replica; `required` replicas must confirm. */
export const emptyShard = async (harness: ShardedHarness, name: string, required = 0): Promise<Shard> => {
  const [primary, replica] = (await Promise.all(
    [`${name}-1`, `${name}-2`].map(async (nodeName) => {
      const node = await harness.createNode(nodeName);
      await harness.engine.install(node);
      await harness.engine.startEmpty(node, required, harness.credentials);
      return node;
    }),
  )) as [EngineNode, EngineNode];
  return { primary, replicas: [replica] };
};
