import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EngineNode, Shard, SlotProgress } from '@holdfast/domain';
import { never, pause } from './engine.harness.js';
import { eventually } from './machine.harness.js';
import {
  CLIENT_GIVES_UP_MS,
  type Context,
  expectWhole,
  FAIL_OVER_MS,
  KEYS,
  nodesOf,
  primariesOf,
  roleOf,
  SLOTS,
  slotsOn,
  TAKEN_OVER_MS_MAX,
  TEST_TIMEOUT_MS,
  watched,
  watchMaps,
  whileWriting,
} from './sharded-engine.contract-context.js';
import { synchronousShards } from './sharded-engine.contract-sync.js';
import { emptyShard, type MakeShardedHarness, percentile } from './sharded-engine.harness.js';

/** What every driver of an engine with shards does, on real servers and under a client that writes. */
export const shardedEngineContract = (name: string, make: MakeShardedHarness): void => {
  describe(`${name} as a sharded engine`, () => {
    const context = {} as Context;
    beforeAll(async () => {
      context.harness = await make();
      const { harness } = context;
      context.shards = await Promise.all(['a', 'b', 'c'].map((shard) => emptyShard(harness, shard)));
      await harness.engine.formCluster(context.shards, harness.credentials, never());
      context.client = await harness.connect(nodesOf(context.shards));
    }, TEST_TIMEOUT_MS);
    afterAll(async () => {
      await context.client?.close();
      await context.harness.destroy();
    }, TEST_TIMEOUT_MS);

    forming(context);
    growing(context);
    breaking(context);
    failing(context);
    shrinking(context);
  });
  synchronousShards(name, make);
};

const forming = (context: Context): void => {
  it('serves every slot, evenly, with a replica that streams for each', async () => expectWhole(context, context.shards), TEST_TIMEOUT_MS);

  it(
    'answers the same when every step is repeated',
    async () => {
      const { harness, shards } = context;
      for (const node of nodesOf(shards)) await harness.engine.startEmpty(node, 0, harness.credentials);
      await harness.engine.formCluster(shards, harness.credentials, never());
      for (const { primary, replicas } of shards) for (const replica of replicas) await harness.engine.attachReplica(replica, primary, harness.credentials, never());
      await expectWhole(context, shards);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'spreads keys over all shards and has them on the replicas',
    async () => {
      const { client, harness, shards } = context;
      for (let at = 0; at < KEYS; at += 1) await client.write(`first:${at}`, `first:${at}`);
      for (const { primary, replicas } of shards) {
        expect(await harness.keyCount(primary)).toBeGreaterThan(KEYS / 6);
        await eventually('the replica has them', async () => (await harness.keyCount(replicas[0] as EngineNode)) === (await harness.keyCount(primary)));
      }
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'keeps nodes in their places over a crash',
    async () => {
      const { harness, shards } = context;
      const [shard] = shards as [Shard];
      await harness.crash(shard.replicas[0] as EngineNode);
      await expectWhole(context, shards);
    },
    TEST_TIMEOUT_MS,
  );
};

const growing = (context: Context): void => {
  it(
    'adds a shard while a client writes, which sees no error and never waits long',
    async () => {
      const { harness } = context;
      const { engine, credentials } = harness;
      context.added = await emptyShard(harness, 'd');
      const { primary, replicas } = context.added;
      await engine.attachReplica(replicas[0] as EngineNode, primary, credentials, never());
      const before = await whileWriting(context, 'before', () => pause(1_000));
      const told: SlotProgress[] = [];
      const begun = performance.now();
      const all = [...primariesOf(context.shards), primary];
      const gaps: string[] = [];
      const during = await whileWriting(context, 'adding', async () => {
        const stopWatching = watchMaps(context, context.added, gaps);
        await engine.addShard(primary, all, credentials, watched((progress) => told.push(progress)));
        await stopWatching();
      });
      expect(gaps).toEqual([]);
      const tookMs = performance.now() - begun;
      context.shards = [...context.shards, context.added];
      await expectWhole(context, context.shards);
      expect(told.at(-1)).toEqual({ slotsMoved: SLOTS / 4, slotsToMove: SLOTS / 4 });
      for (let at = 0; at < KEYS; at += 1) expect(await context.client.read(`first:${at}`)).toBe(`first:${at}`);
      expect(await harness.keyCount(primary)).toBeGreaterThan(KEYS / 8);
      const [calm, moving] = [percentile(before.latenciesMs, 0.99), percentile(during.latenciesMs, 0.99)];
      if (process.env['HOLDFAST_TEST_FIGURES']) console.log(`${SLOTS / 4} slots in ${tookMs.toFixed(0)} ms; p99 ${calm.toFixed(1)} ms before, ${moving.toFixed(1)} ms during; ${during.acknowledged.length} writes`);
      // How much slower it is depends on the machine; no write may wait as long as a client would.
      expect(Math.max(...during.latenciesMs)).toBeLessThan(CLIENT_GIVES_UP_MS);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'moves nothing when that is repeated',
    async () => {
      const { harness, shards, added } = context;
      const told: SlotProgress[] = [];
      await harness.engine.addShard(added.primary, primariesOf(shards), harness.credentials, watched((progress) => told.push(progress)));
      expect(told).toEqual([]);
      await expectWhole(context, shards);
    },
    TEST_TIMEOUT_MS,
  );
};

const breaking = (context: Context): void => {
  it(
    'stops between two slots when it is told to, and spreads evenly again',
    async () => {
      const { harness, shards, added } = context;
      const { engine, credentials } = harness;
      const cancel = new AbortController();
      const others = primariesOf(shards).filter((node) => node !== added.primary);
      const stopHere = watched(() => cancel.abort(new Error('enough')), cancel.signal);
      await whileWriting(context, 'broken', async () => {
        await expect(engine.drainShard(added.primary, others, credentials, stopHere)).rejects.toThrow('enough');
        expect(await slotsOn(context, added.primary)).toBeGreaterThan(0);
        await engine.spreadEvenly(primariesOf(shards), credentials, watched());
      });
      await expectWhole(context, shards);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'closes a slot that a killed driver left half moved',
    async () => {
      const { harness, shards } = context;
      const [from, to] = primariesOf(shards) as [EngineNode, EngineNode];
      await harness.leaveSlotOpen(from, to);
      expect(await harness.engine.shardHealth(from, harness.credentials)).toMatchObject({ slotsInMotion: 1 });
      await whileWriting(context, 'closing', () => harness.engine.spreadEvenly(primariesOf(shards), harness.credentials, watched()));
      await expectWhole(context, shards);
      for (let at = 0; at < KEYS; at += 1) expect(await context.client.read(`first:${at}`)).toBe(`first:${at}`);
    },
    TEST_TIMEOUT_MS,
  );
};

const failing = (context: Context): void => {
  it(
    'lets a replica take its shard over and back while a client writes',
    async () => {
      const { harness, shards } = context;
      const { engine, credentials } = harness;
      const [shard, other] = shards as [Shard, Shard];
      const replica = shard.replicas[0] as EngineNode;
      await expect(engine.failOverWithinShard(replica, other.primary, credentials, 5_000)).rejects.toThrow(replica.name);
      await whileWriting(context, 'switching', async () => {
        await engine.failOverWithinShard(replica, shard.primary, credentials, FAIL_OVER_MS);
        await engine.failOverWithinShard(replica, shard.primary, credentials, FAIL_OVER_MS);
        await expectWhole(context, [{ primary: replica, replicas: [shard.primary] }, ...shards.slice(1)]);
        await engine.failOverWithinShard(shard.primary, replica, credentials, FAIL_OVER_MS);
      });
      await expectWhole(context, shards);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'moves slots from and to the replica that took a shard over by itself',
    async () => {
      const { harness, shards } = context;
      const { engine, credentials } = harness;
      const [shard, ...others] = shards as [Shard, ...Shard[]];
      const replica = shard.replicas[0] as EngineNode;
      const thaw = await harness.freeze(shard.primary);
      try {
        await eventually('the replica takes over', async () => (await slotsOn(context, replica)) > 0 && (await roleOf(context, replica)) === 'primary', TAKEN_OVER_MS_MAX);
      } finally {
        thaw();
      }
      await eventually('the former primary follows it', async () => (await roleOf(context, shard.primary)) === 'replica', TAKEN_OVER_MS_MAX);
      await engine.drainShard(shard.primary, primariesOf(others), credentials, watched());
      expect(await roleOf(context, replica)).toBe('empty');
      await engine.spreadEvenly(primariesOf(shards), credentials, watched());
      await expectWhole(context, [{ primary: replica, replicas: [shard.primary] }, ...others]);
      await engine.failOverWithinShard(shard.primary, replica, credentials, FAIL_OVER_MS);
      await expectWhole(context, shards);
      for (let at = 0; at < KEYS; at += 1) expect(await context.client.read(`first:${at}`)).toBe(`first:${at}`);
    },
    TEST_TIMEOUT_MS,
  );
};

const shrinking = (context: Context): void => {
  it('does not forget a node that serves slots', async () => {
    const { harness, shards, added } = context;
    const others = nodesOf(shards).filter((node) => node !== added.primary);
    await expect(harness.engine.forgetNode(added.primary, others, harness.credentials)).rejects.toThrow(added.primary.name);
  });

  it(
    'drains a shard while a client writes, and keeps no trace of its nodes',
    async () => {
      const { harness, added } = context;
      const { engine, credentials } = harness;
      const rest = context.shards.filter((shard) => shard !== added);
      await whileWriting(context, 'draining', async () => {
        await engine.drainShard(added.primary, primariesOf(rest), credentials, watched());
        expect(await engine.shardHealth(added.primary, credentials)).toMatchObject({ role: 'empty', slotCount: 0 });
        for (const node of [...added.replicas, added.primary]) await engine.forgetNode(node, nodesOf(rest), credentials);
        for (const node of [...added.replicas, added.primary]) await engine.forgetNode(node, nodesOf(rest), credentials);
        for (const node of [...added.replicas, added.primary]) await engine.stop(node, credentials, 15_000);
      });
      context.shards = rest;
      await expectWhole(context, rest);
      for (let at = 0; at < KEYS; at += 1) expect(await context.client.read(`first:${at}`)).toBe(`first:${at}`);
      expect(await engine.shardHealth(added.primary, credentials)).toMatchObject({ reachable: false, problem: expect.stringContaining(added.primary.name) });
    },
    TEST_TIMEOUT_MS,
  );
};
