import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EngineNode, Shard } from '@holdfast/domain';
import { acknowledges } from '../support/acknowledges.js';
import { never } from './engine.harness.js';
import { eventually } from './machine.harness.js';
import { type Context, expectWhole, FAIL_OVER_MS, nodesOf, primariesOf, roleOf, TAKEN_OVER_MS_MAX, TEST_TIMEOUT_MS, watched, whileWriting } from './sharded-engine.contract-context.js';
import { ClusterWriter, emptyShard, lostBy, type MakeShardedHarness } from './sharded-engine.harness.js';

const REQUIRED = 1;
/** Enough that each of a few shards has some. */
const KEYS = 60;
/** Twice as long as a replica may be silent (SYNC_LAG_SECONDS_MAX of the driver), and time for a busy machine. */
const NOTICED_MS = 30_000;

/** What shards do whose primaries take writes only with a replica that has confirmed lately. */
export const synchronousShards = (name: string, make: MakeShardedHarness): void => {
  describe(`${name} as a sharded engine whose writes need a replica`, () => {
    const context = {} as Context;
    beforeAll(async () => {
      context.harness = await make();
      const { harness } = context;
      context.shards = await Promise.all(['a', 'b', 'c'].map((shard) => emptyShard(harness, shard, REQUIRED)));
      await harness.engine.formCluster(context.shards, harness.credentials, never());
      context.client = await harness.connect(nodesOf(context.shards));
    }, TEST_TIMEOUT_MS);
    afterAll(async () => {
      await context.client?.close();
      await context.harness.destroy();
    }, TEST_TIMEOUT_MS);

    refusing(context);
    takingOver(context);
    growing(context);
  });
};

/** One write to each of some keys: what those said that were refused. */
const refusals = async ({ client }: Context): Promise<string[]> => {
  const tried = await Promise.allSettled(Array.from({ length: KEYS }, (_, at) => client.write(`each:${at}`, `each:${at}`)));
  return tried.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
};

const expectOnlyNoReplicas = (said: readonly string[]): void => {
  for (const text of said) expect(text).toContain('NOREPLICAS');
};

const refusing = (context: Context): void => {
  it(
    'refuses writes to the shard whose replica is away, also after a restart of its primary, and to no other',
    async () => {
      const { harness, shards } = context;
      const [{ primary, replicas }] = shards as [Shard];
      expect(await refusals(context)).toEqual([]);
      const thaw = await harness.freeze(replicas[0] as EngineNode);
      try {
        await eventually('its primary refuses', async () => (await refusals(context)).length > 0, NOTICED_MS);
        await harness.crash(primary);
        await eventually('it answers again', async () => (await roleOf(context, primary)) === 'primary', NOTICED_MS);
        await eventually('the client knows it again', async () => (await refusals(context)).every((text) => text.includes('NOREPLICAS')), NOTICED_MS);
        const said = await refusals(context);
        expectOnlyNoReplicas(said);
        expect(said.length).toBeGreaterThan(0);
        expect(said.length).toBeLessThan(KEYS);
      } finally {
        thaw();
      }
      await eventually('it takes writes again', async () => (await refusals(context)).length === 0, TAKEN_OVER_MS_MAX);
      await expectWhole(context, shards);
    },
    TEST_TIMEOUT_MS,
  );
};

const takingOver = (context: Context): void => {
  it(
    'loses nothing acknowledged when a replica takes over and back, and refuses writes until a replica follows',
    async () => {
      const { harness, shards, client } = context;
      const { engine, credentials } = harness;
      const [shard] = shards as [Shard];
      const replica = shard.replicas[0] as EngineNode;
      const writer = new ClusterWriter(client, 'taking');
      try {
        await acknowledges(writer, 100);
        await engine.failOverWithinShard(replica, shard.primary, credentials, FAIL_OVER_MS);
        await eventually('it takes writes', async () => (await refusals(context)).length === 0, TAKEN_OVER_MS_MAX);
        await engine.failOverWithinShard(shard.primary, replica, credentials, FAIL_OVER_MS);
        await eventually('it takes writes', async () => (await refusals(context)).length === 0, TAKEN_OVER_MS_MAX);
      } finally {
        await writer.stop();
      }
      expectOnlyNoReplicas(writer.errors);
      expect(await lostBy(client, writer)).toEqual([]);
      await expectWhole(context, shards);
    },
    TEST_TIMEOUT_MS,
  );
};

const growing = (context: Context): void => {
  it(
    'adds a shard that has its replica first, and takes it away, under a client whose writes are never refused',
    async () => {
      const { harness } = context;
      const { engine, credentials } = harness;
      const rest = context.shards;
      const added = await emptyShard(harness, 'd', REQUIRED);
      await engine.attachReplica(added.replicas[0] as EngineNode, added.primary, credentials, never());
      await whileWriting(context, 'adding', () => engine.addShard(added.primary, primariesOf(rest), credentials, watched()));
      await expectWhole(context, [...rest, added]);
      await whileWriting(context, 'draining', () => engine.drainShard(added.primary, primariesOf(rest), credentials, watched()));
      for (const node of [...added.replicas, added.primary]) await engine.forgetNode(node, nodesOf(rest), credentials);
      await expectWhole(context, rest);
    },
    TEST_TIMEOUT_MS,
  );
};
