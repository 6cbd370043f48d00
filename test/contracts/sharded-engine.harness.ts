import type { EngineCredentials, EngineNode, Shard, ShardedEngine } from '@holdfast/domain';
import { pause } from './engine.harness.js';

/** A client that knows the cluster: it follows keys from node to node by itself. */
export interface ClusterClient {
  write(key: string, value: string): Promise<void>;
  read(key: string): Promise<string | null>;
  close(): Promise<void>;
}

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
  destroy(): Promise<void>;
}

export type MakeShardedHarness = () => Promise<ShardedHarness>;

/** An empty primary and its empty replica. */
export const emptyShard = async (harness: ShardedHarness, name: string): Promise<Shard> => {
  const [primary, replica] = (await Promise.all(
    [`${name}-1`, `${name}-2`].map(async (nodeName) => {
      const node = await harness.createNode(nodeName);
      await harness.engine.install(node);
      await harness.engine.startEmpty(node, harness.credentials);
      return node;
    }),
  )) as [EngineNode, EngineNode];
  return { primary, replicas: [replica] };
};

const LANES = 4;
const PAUSE_MS = 2;

/** Writes new keys through a cluster client in a few lanes, and notes what was acknowledged, how long each took, and every error. */
export class ClusterWriter {
  readonly acknowledged: string[] = [];
  readonly errors: string[] = [];
  readonly latenciesMs: number[] = [];
  private stopped = false;
  private next = 0;
  private readonly done: Promise<unknown>;

  constructor(
    private readonly client: ClusterClient,
    private readonly prefix: string,
  ) {
    this.done = Promise.all(Array.from({ length: LANES }, () => this.work()));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      const key = `${this.prefix}:${this.next++}`;
      const begun = performance.now();
      try {
        await this.client.write(key, key);
        this.acknowledged.push(key);
        this.latenciesMs.push(performance.now() - begun);
      } catch (error) {
        this.errors.push(String(error));
      }
      await pause(PAUSE_MS);
    }
  }
}

export const percentile = (values: readonly number[], share: number): number => [...values].sort((one, other) => one - other)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

/** What was acknowledged and cannot be read, or reads otherwise. */
export const lostBy = async (client: ClusterClient, writer: ClusterWriter): Promise<string[]> => {
  const lost: string[] = [];
  for (const key of writer.acknowledged) if ((await client.read(key)) !== key) lost.push(key);
  return lost;
};
