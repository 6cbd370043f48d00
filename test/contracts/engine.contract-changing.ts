import type { EngineNode } from '@holdfast/domain';
import { acknowledges } from '../support/acknowledges.js';
import { holdsSoon } from '../support/holds-soon.js';
import { allNodes, type Context, expectRoles, replicaNamesOf, TEST_TIMEOUT_MS } from './engine.contract-context.js';
import { never, PATIENCE_MS, readRows, switchOver, Writer, writeRows } from './engine.harness.js';

/** Short enough to end before a server gives a silent replica up, long enough for any healthy stop. */
const SHORT_STOP_MS = 1_500;
const ROWS_BETWEEN = 20;

export const switchover = (context: Context): void => {
  it(
    'switches over and back under a writing client without losing an acknowledged row',
    async () => {
      const { harness, cluster } = context;
      const [candidate, other] = cluster.replicas as [EngineNode, EngineNode];
      const writer = new Writer(harness, cluster.primary, 1_000);
      try {
        await acknowledges(writer, ROWS_BETWEEN);
        const there = await switchOver(harness, cluster.primary, candidate, [other], () => writer.goTo(candidate));
        expect(there.way).toBe('as-is');
        await expectRoles(context, candidate, [cluster.primary, other]);
        expect(await harness.reservationsOn(cluster.primary)).toEqual([]);
        await acknowledges(writer, ROWS_BETWEEN);
        const back = await switchOver(harness, candidate, cluster.primary, [other], () => writer.goTo(cluster.primary));
        expect(back.way).toBe('as-is');
        await acknowledges(writer, ROWS_BETWEEN);
      } finally {
        await writer.stop();
      }
      await expectRoles(context, cluster.primary, cluster.replicas);
      for (const replica of cluster.replicas) await harness.engine.waitUntilCaughtUp(replica, cluster.primary, harness.credentials, never());
      const rows = await readRows(harness, cluster.primary);
      expect(writer.acknowledged.filter((id) => !rows.includes(id))).toEqual([]);
      for (const replica of cluster.replicas) expect(await readRows(harness, replica)).toEqual(rows);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'answers the same position when the fencing is repeated, and the promotion of a primary changes nothing',
    async () => {
      const { harness, cluster } = context;
      const { engine, credentials } = harness;
      const position = await engine.fence(cluster.primary, credentials, PATIENCE_MS);
      expect(await engine.fence(cluster.primary, credentials, PATIENCE_MS)).toBe(position);
      await expect(writeRows(harness, cluster.primary, [820_000])).rejects.toThrow();
      for (const replica of cluster.replicas) await engine.waitForPosition(replica, position, credentials, PATIENCE_MS);
      await engine.unfence(cluster.primary, credentials);
      await engine.unfence(cluster.primary, credentials);
      await writeRows(harness, cluster.primary, [820_001]);
      await engine.promote(cluster.primary, credentials);
      for (const replica of cluster.replicas) await engine.waitUntilCaughtUp(replica, cluster.primary, credentials, never());
      await expectRoles(context, cluster.primary, cluster.replicas);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'does not begin a switchover to a replica that is frozen or stopped',
    async () => {
      const { harness, cluster } = context;
      const [replica, other] = cluster.replicas as [EngineNode, EngineNode];
      const thaw = await harness.freeze(other);
      try {
        await expect(harness.engine.prepareSwitchover(cluster.primary, other, harness.credentials)).rejects.toThrow(other.name);
      } finally {
        await thaw();
      }
      await harness.engine.stopCleanly(replica, harness.credentials, PATIENCE_MS);
      await expect(harness.engine.prepareSwitchover(cluster.primary, replica, harness.credentials)).rejects.toThrow(replica.name);
      await harness.engine.start(replica, harness.credentials);
      for (const node of cluster.replicas) await harness.engine.waitUntilCaughtUp(node, cluster.primary, harness.credentials, never());
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'serves again when the fencing cannot finish',
    async () => {
      const { harness, cluster } = context;
      const [frozen] = cluster.replicas as [EngineNode];
      const thaw = await harness.freeze(frozen);
      try {
        await expect(harness.engine.fence(cluster.primary, harness.credentials, SHORT_STOP_MS)).rejects.toThrow(cluster.primary.name);
        await writeRows(harness, cluster.primary, [900_000]);
        expect(await harness.engine.health(cluster.primary, harness.credentials)).toMatchObject({ role: 'primary' });
      } finally {
        await thaw();
      }
      for (const node of cluster.replicas) await harness.engine.waitUntilCaughtUp(node, cluster.primary, harness.credentials, never());
      for (const node of allNodes(context)) expect(await readRows(harness, node)).toContain(900_000);
    },
    TEST_TIMEOUT_MS,
  );
};

/** Promotes the candidate while the primary serves on, so that the two histories part. */
const part = async (context: Context, primary: EngineNode, candidate: EngineNode, ids: [kept: number, lost: number]): Promise<void> => {
  const { engine, credentials } = context.harness;
  await engine.reserveReplica(candidate, primary.name, credentials);
  await engine.promote(candidate, credentials);
  await writeRows(context.harness, candidate, [ids[0]]);
  await writeRows(context.harness, primary, [ids[1]]);
};

export const rejoining = (context: Context): void => {
  it(
    'brings a primary that wrote on after the promotion back without the rows of its own',
    async () => {
      const { harness, cluster } = context;
      const [candidate, other] = cluster.replicas as [EngineNode, EngineNode];
      await harness.engine.stopCleanly(other, harness.credentials, PATIENCE_MS);
      await part(context, cluster.primary, candidate, [700_000, 700_001]);
      expect(await harness.engine.rejoinAsReplica(cluster.primary, candidate, harness.credentials, never())).toEqual({ way: harness.wayAfterDivergence });
      expect(await harness.engine.rejoinAsReplica(cluster.primary, candidate, harness.credentials, never())).toEqual({ way: harness.wayAfterDivergence });
      await expectRejoined(context, cluster.primary, candidate, [700_000, 700_001]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'brings it back by a new copy when a rewind is impossible',
    async () => {
      const { harness, cluster } = context;
      const [candidate] = cluster.replicas as [EngineNode];
      await part(context, candidate, cluster.primary, [600_000, 600_001]);
      await harness.engine.stopCleanly(candidate, harness.credentials, PATIENCE_MS);
      await harness.makeRewindImpossible(candidate);
      expect(await harness.engine.rejoinAsReplica(candidate, cluster.primary, harness.credentials, never())).toEqual({ way: 'clone' });
      await expectRejoined(context, candidate, cluster.primary, [600_000, 600_001]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'brings a replica that was away back',
    async () => {
      const { harness, cluster } = context;
      const [, away] = cluster.replicas as [EngineNode, EngineNode];
      expect(await harness.engine.rejoinAsReplica(away, cluster.primary, harness.credentials, never())).toEqual({ way: harness.wayAfterAbsence });
      await harness.engine.waitUntilCaughtUp(away, cluster.primary, harness.credentials, never());
      await expectRoles(context, cluster.primary, cluster.replicas);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'never makes the upstream of a running cluster a replica of its replica',
    async () => {
      const { harness, cluster } = context;
      const [candidate] = cluster.replicas as [EngineNode];
      await expect(harness.engine.rejoinAsReplica(cluster.primary, candidate, harness.credentials, never())).rejects.toThrow(candidate.name);
      await writeRows(harness, cluster.primary, [600_002]);
    },
    TEST_TIMEOUT_MS,
  );
};

const expectRejoined = async (context: Context, node: EngineNode, upstream: EngineNode, ids: [kept: number, lost: number]): Promise<void> => {
  const { harness } = context;
  await harness.engine.waitUntilCaughtUp(node, upstream, harness.credentials, never());
  await holdsSoon(async () => expect(await replicaNamesOf(context, upstream)).toContain(node.name));
  const rows = await readRows(harness, node);
  expect(rows).toContain(ids[0]);
  expect(rows).not.toContain(ids[1]);
  expect(await harness.reservationsOn(node)).toEqual([]);
};
