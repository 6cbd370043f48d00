import { expect } from '@jest/globals';
import type { EngineNode, MoveOptions, Shard, SlotProgress } from '@holdfast/domain';
import { holdsSoon } from '../support/holds-soon.js';
import { never, pause } from './engine.harness.js';
import { eventually } from './machine.harness.js';
import { type ClusterClient, type ClusterWriter, lostBy, type ShardedHarness, whileShardsAreWritten } from './sharded-engine.harness.js';

export const TEST_TIMEOUT_MS = 300_000;
export const SLOTS = 16_384;
export const KEYS = 3_000;
/** Client libraries end a command that is not answered after about so long (node-redis: connectTimeout, 5 s). */
export const CLIENT_GIVES_UP_MS = 5_000;

/** A primary is given up after 5 s; then there is an election, and gossip. */
export const TAKEN_OVER_MS_MAX = 60_000;
/** What operations give a switchover within a shard: servers give one up after 5 s now and then, on a busy machine, and are asked again. */
export const FAIL_OVER_MS = 20_000;

export interface Context {
  harness: ShardedHarness;
  client: ClusterClient;
  shards: Shard[];
  added: Shard;
}

export const nodesOf = (shards: readonly Shard[]): EngineNode[] => shards.flatMap(({ primary, replicas }) => [primary, ...replicas]);
export const primariesOf = (shards: readonly Shard[]): EngineNode[] => shards.map(({ primary }) => primary);
export const addressesOf = (nodes: readonly EngineNode[]): string[] => nodes.map(({ machine, port }) => `${machine.address}:${port}`).sort();
export const watched = (onProgress: (progress: SlotProgress) => void = () => undefined, signal = never()): MoveOptions => ({ signal, onProgress });

export const slotsOn = async ({ harness }: Context, node: EngineNode): Promise<number> => {
  const health = await harness.engine.shardHealth(node, harness.credentials);
  return health.reachable ? health.slotCount : Number.NaN;
};

export const roleOf = async ({ harness }: Context, node: EngineNode): Promise<string> => {
  const health = await harness.engine.shardHealth(node, harness.credentials);
  return health.reachable ? health.role : health.problem;
};

/** Every slot is served, evenly; every replica streams from its primary; all know exactly these nodes. */
export const expectWhole = async (context: Context, shards: readonly Shard[]): Promise<void> => {
  const { engine, credentials } = context.harness;
  const nodes = nodesOf(shards);
  const isWhole = async (): Promise<boolean> => {
    const all = await Promise.all(nodes.map((node) => engine.shardHealth(node, credentials)));
    return all.every((health) => health.reachable && health.clusterOk && health.knownAddresses.join() === addressesOf(nodes).join() && (health.role !== 'replica' || health.streaming));
  };
  await eventually('all nodes agree', isWhole, TAKEN_OVER_MS_MAX);
  await holdsSoon(async () => {
    for (const { primary, replicas } of shards) {
      expect(await engine.shardHealth(primary, credentials)).toMatchObject({ role: 'primary', slotsInMotion: 0 });
      for (const replica of replicas) expect(await engine.shardHealth(replica, credentials)).toMatchObject({ role: 'replica', primaryName: addressesOf([primary])[0] });
    }
  });
  const counts = await Promise.all(primariesOf(shards).map((node) => slotsOn(context, node)));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(SLOTS);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
};

/** Runs `change` while a client writes: it sees no error, and loses nothing. */
export const whileWriting = async (context: Context, prefix: string, change: () => Promise<unknown>): Promise<ClusterWriter> => {
  const writer = await whileShardsAreWritten(context.client, prefix, change);
  expect(writer.errors).toEqual([]);
  expect(await lostBy(context.client, writer)).toEqual([]);
  return writer;
};

/** Collects each time when the shard has a slot, so that clients are sent to its nodes, while one of these does not know who serves the others. */
export const watchMaps = ({ harness: { engine, credentials } }: Context, { primary, replicas }: Shard, gaps: string[]): (() => Promise<void>) => {
  let stopped = false;
  const watch = async (): Promise<void> => {
    while (!stopped) {
      const first = await engine.shardHealth(primary, credentials);
      if (first.reachable && first.slotCount > 0) {
        for (const node of [primary, ...replicas]) {
          const health = await engine.shardHealth(node, credentials);
          // One that does not answer in time, on a busy machine, says nothing of what it knows.
          if (health.reachable && !health.clusterOk) gaps.push(`${node.name}: ${JSON.stringify(health)}`);
        }
      }
      await pause(5);
    }
  };
  const watching = watch();
  return async () => {
    stopped = true;
    await watching;
  };
};
