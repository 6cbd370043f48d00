import type { EngineNode } from '@holdfast/domain';
import {
  deploy,
  type EngineHarness,
  join,
  type MakeEngineHarness,
  never,
  pause,
  readRows,
  switchOver,
  type TestCluster,
  Writer,
  writeRows,
} from './engine.harness.js';

/** Long enough for a busy machine; a test that needs it all is broken. */
const TEST_TIMEOUT_MS = 120_000;
/** Short enough to end before a server gives a silent replica up, long enough for any healthy stop. */
const SHORT_STOP_MS = 1_500;
/** Far above what a switchover takes, and below every wait that would be a mistake in one. */
const WRITE_PAUSE_LIMIT_MS = 3_000;

interface Context {
  harness: EngineHarness;
  cluster: TestCluster;
}

const all = ({ cluster }: Context): EngineNode[] => [cluster.primary, ...cluster.replicas];

const replicaNamesOf = async ({ harness }: Context, node: EngineNode): Promise<string[]> => {
  const health = await harness.engine.health(node, harness.credentials);
  if (!health.reachable) throw new Error(health.problem);
  return health.replicas.filter((replica) => replica.streaming).map((replica) => replica.name);
};

const names = (nodes: readonly EngineNode[]): string[] => nodes.map((node) => node.name).sort();

/** Exactly `primary` is writable, and each of the others streams from it. */
const expectRoles = async (context: Context, primary: EngineNode, replicas: readonly EngineNode[]): Promise<void> => {
  const { engine, credentials } = context.harness;
  const own = await engine.health(primary, credentials);
  expect(own).toMatchObject({ reachable: true, role: 'primary' });
  expect((await replicaNamesOf(context, primary)).sort()).toEqual(names(replicas));
  for (const replica of replicas) {
    expect(await engine.health(replica, credentials)).toMatchObject({ reachable: true, role: 'replica', streaming: true });
  }
};

/**
 * What every driver of an engine with one writable primary does, on real servers. A second engine runs it with a harness of
 * its own.
 */
export const replicatedEngineContract = (name: string, make: MakeEngineHarness): void => {
  describe(`${name} as a replicated engine`, () => {
    const context = {} as Context;
    beforeAll(async () => {
      context.harness = await make();
      context.cluster = await deploy(context.harness, 'first', 2);
    }, TEST_TIMEOUT_MS);
    afterAll(async () => {
      await context.harness.destroy();
    }, TEST_TIMEOUT_MS);

    deployment(context);
    copying(context);
    switchover(context);
    commits(context);
    rejoining(context);
    removal(context);
  });
};

const deployment = (context: Context): void => {
  it('has one writable primary, and replicas that stream and refuse writes', async () => {
    const { harness, cluster } = context;
    await expectRoles(context, cluster.primary, cluster.replicas);
    for (const replica of cluster.replicas) await expect(writeRows(harness, replica, [99])).rejects.toThrow();
  });

  it('has the rows written before on every node', async () => {
    for (const node of all(context)) expect(await readRows(context.harness, node)).toEqual([1, 2, 3]);
  });

  it('answers the same when every step is repeated', async () => {
    const { harness, cluster } = context;
    await harness.engine.install(cluster.primary);
    await harness.engine.startAsPrimary(cluster.primary, harness.credentials);
    for (const replica of cluster.replicas) await join(harness, replica, cluster.primary);
    await expectRoles(context, cluster.primary, cluster.replicas);
    expect(await readRows(harness, cluster.primary)).toEqual([1, 2, 3]);
    expect(await harness.reservationsOn(cluster.primary)).toHaveLength(2);
  }, TEST_TIMEOUT_MS);

  it('says of a stopped node that it does not answer', async () => {
    const { harness, cluster } = context;
    const [replica] = cluster.replicas as [EngineNode];
    await harness.engine.stopCleanly(replica, 10_000);
    const health = await harness.engine.health(replica, harness.credentials);
    expect(health).toMatchObject({ reachable: false, problem: expect.stringContaining(replica.name) });
    await harness.engine.start(replica, harness.credentials);
    await harness.engine.start(replica, harness.credentials);
    await harness.engine.waitUntilCaughtUp(replica, cluster.primary, harness.credentials, never());
  }, TEST_TIMEOUT_MS);

  it('shows no password in its health', async () => {
    const { harness, cluster } = context;
    const text = JSON.stringify(await harness.engine.health(cluster.primary, harness.credentials));
    for (const { password } of [harness.credentials.superuser, harness.credentials.replication, harness.credentials.application]) {
      expect(text).not.toContain(password);
    }
  });
};

const copying = (context: Context): void => {
  it('copies again after a copy that was cancelled in the middle, and over what a killed one left', async () => {
    const { harness, cluster } = context;
    const { engine, credentials } = harness;
    const node = await harness.createNode('late');
    await engine.install(node);
    await engine.reserveReplica(cluster.primary, node.name, credentials);
    const cancel = new AbortController();
    const cancelled = engine.cloneFrom(node, cluster.primary, credentials, cancel.signal);
    await pause(60);
    cancel.abort(new Error('enough'));
    await expect(cancelled).rejects.toThrow();
    await expect(engine.start(node, credentials)).rejects.toThrow();

    await harness.leaveHalfCopy(node);
    await join(harness, node, cluster.primary);
    expect(await readRows(harness, node)).toEqual([1, 2, 3]);

    await engine.stopCleanly(node, 10_000);
    await engine.releaseReplica(cluster.primary, node.name, credentials);
    await expectRoles(context, cluster.primary, cluster.replicas);
  }, TEST_TIMEOUT_MS);
};

const switchover = (context: Context): void => {
  it('switches over and back under a writing client without losing an acknowledged row', async () => {
    const { harness, cluster } = context;
    const [candidate, other] = cluster.replicas as [EngineNode, EngineNode];
    const writer = new Writer(harness, cluster.primary, 1_000);
    await pause(100);
    const there = await switchOver(harness, cluster.primary, candidate, [other], () => writer.goTo(candidate));
    expect(there.way).toBe('as-is');
    await expectRoles(context, candidate, [cluster.primary, other]);
    await pause(100);
    const back = await switchOver(harness, candidate, cluster.primary, [other], () => writer.goTo(cluster.primary));
    expect(back.way).toBe('as-is');
    await pause(100);
    await writer.stop();

    await expectRoles(context, cluster.primary, cluster.replicas);
    expect(writer.acknowledged.length).toBeGreaterThan(50);
    for (const replica of cluster.replicas) await harness.engine.waitUntilCaughtUp(replica, cluster.primary, harness.credentials, never());
    const rows = await readRows(harness, cluster.primary);
    expect(writer.acknowledged.filter((id) => !rows.includes(id))).toEqual([]);
    for (const replica of cluster.replicas) expect(await readRows(harness, replica)).toEqual(rows);
    for (const { stopMs, promoteMs } of [there, back]) expect(stopMs + promoteMs).toBeLessThan(WRITE_PAUSE_LIMIT_MS);
  }, TEST_TIMEOUT_MS);

  it('answers the same position when the stop is repeated, and the promotion of a primary changes nothing', async () => {
    const { harness, cluster } = context;
    const { engine, credentials } = harness;
    const position = await engine.stopCleanly(cluster.primary, 10_000);
    expect(await engine.stopCleanly(cluster.primary, 10_000)).toBe(position);
    expect(await engine.positionAtRest(cluster.primary)).toBe(position);
    for (const replica of cluster.replicas) await engine.waitForPosition(replica, position, credentials, 5_000);
    await engine.start(cluster.primary, credentials);
    await engine.promote(cluster.primary, credentials);
    await expect(engine.positionAtRest(cluster.primary)).rejects.toThrow(cluster.primary.name);
    for (const replica of cluster.replicas) await engine.waitUntilCaughtUp(replica, cluster.primary, credentials, never());
    await expectRoles(context, cluster.primary, cluster.replicas);
  }, TEST_TIMEOUT_MS);

  it('does not wait for a position that cannot come', async () => {
    const { harness, cluster } = context;
    const [replica, other] = cluster.replicas as [EngineNode, EngineNode];
    const thaw = await harness.freeze(other);
    try {
      await expect(harness.engine.prepareSwitchover(cluster.primary, other, harness.credentials)).rejects.toThrow(other.name);
    } finally {
      await thaw();
    }
    await harness.engine.stopCleanly(replica, 10_000);
    await expect(harness.engine.prepareSwitchover(cluster.primary, replica, harness.credentials)).rejects.toThrow(replica.name);
    await harness.engine.start(replica, harness.credentials);
    for (const node of cluster.replicas) await harness.engine.waitUntilCaughtUp(node, cluster.primary, harness.credentials, never());
  }, TEST_TIMEOUT_MS);

  it('serves again when the stop cannot finish', async () => {
    const { harness, cluster } = context;
    const [frozen] = cluster.replicas as [EngineNode];
    const thaw = await harness.freeze(frozen);
    try {
      await expect(harness.engine.stopCleanly(cluster.primary, SHORT_STOP_MS)).rejects.toThrow(cluster.primary.name);
      await writeRows(harness, cluster.primary, [900_000]);
      expect(await harness.engine.health(cluster.primary, harness.credentials)).toMatchObject({ role: 'primary' });
    } finally {
      await thaw();
    }
    for (const node of cluster.replicas) await harness.engine.waitUntilCaughtUp(node, cluster.primary, harness.credentials, never());
    for (const node of all(context)) expect(await readRows(harness, node)).toContain(900_000);
  }, TEST_TIMEOUT_MS);
};

const commits = (context: Context): void => {
  it('holds a commit back until as many replicas as required have it', async () => {
    const { harness, cluster } = context;
    const { engine, credentials } = harness;
    const policy = { required: 1, among: names(cluster.replicas) };
    for (const node of all(context)) await engine.setSyncPolicy(node, policy, credentials);
    await engine.setSyncPolicy(cluster.primary, policy, credentials);
    expect(await engine.health(cluster.primary, credentials)).toMatchObject({ replicas: [{ synchronous: true }, { synchronous: true }] });
    await writeRows(harness, cluster.primary, [800_000]);

    const thaws = await Promise.all(cluster.replicas.map((node) => harness.freeze(node)));
    let acknowledged = false;
    const blocked = writeRows(harness, cluster.primary, [800_001]).then(() => (acknowledged = true));
    await pause(700);
    expect(acknowledged).toBe(false);
    await thaws[0]!();
    await blocked;
    await thaws[1]!();

    for (const node of all(context)) await engine.setSyncPolicy(node, { required: 0, among: [] }, credentials);
    for (const node of cluster.replicas) await engine.waitUntilCaughtUp(node, cluster.primary, credentials, never());
    expect(await engine.health(cluster.primary, credentials)).toMatchObject({ replicas: [{ synchronous: false }, { synchronous: false }] });
  }, TEST_TIMEOUT_MS);

  it('refuses a rule that no commit could meet', async () => {
    const { harness, cluster } = context;
    await expect(harness.engine.setSyncPolicy(cluster.primary, { required: 2, among: ['a'] }, harness.credentials)).rejects.toThrow();
    await writeRows(harness, cluster.primary, [800_002]);
  });
};

/** Promotes the candidate while the primary serves on, so that the two histories part. */
const part = async (context: Context, primary: EngineNode, candidate: EngineNode, ids: [kept: number, lost: number]): Promise<void> => {
  const { engine, credentials } = context.harness;
  await engine.reserveReplica(candidate, primary.name, credentials);
  await engine.promote(candidate, credentials);
  await writeRows(context.harness, candidate, [ids[0]]);
  await writeRows(context.harness, primary, [ids[1]]);
};

const rejoining = (context: Context): void => {
  it('brings a primary that wrote on after the promotion back by rewind, without the rows of its own', async () => {
    const { harness, cluster } = context;
    const [candidate, other] = cluster.replicas as [EngineNode, EngineNode];
    await harness.engine.stopCleanly(other, 10_000);
    await part(context, cluster.primary, candidate, [700_000, 700_001]);
    expect(await harness.engine.rejoinAsReplica(cluster.primary, candidate, harness.credentials, never())).toEqual({ way: 'rewind' });
    expect(await harness.engine.rejoinAsReplica(cluster.primary, candidate, harness.credentials, never())).toEqual({ way: 'rewind' });
    await expectRejoined(context, cluster.primary, candidate, [700_000, 700_001]);
  }, TEST_TIMEOUT_MS);

  it('brings it back by a new copy when a rewind is impossible', async () => {
    const { harness, cluster } = context;
    const [candidate] = cluster.replicas as [EngineNode];
    await part(context, candidate, cluster.primary, [600_000, 600_001]);
    await harness.engine.stopCleanly(candidate, 10_000);
    await harness.makeRewindImpossible(candidate);
    expect(await harness.engine.rejoinAsReplica(candidate, cluster.primary, harness.credentials, never())).toEqual({ way: 'clone' });
    await expectRejoined(context, candidate, cluster.primary, [600_000, 600_001]);
  }, TEST_TIMEOUT_MS);

  it('brings a replica that was away back as it is', async () => {
    const { harness, cluster } = context;
    const [, away] = cluster.replicas as [EngineNode, EngineNode];
    expect(await harness.engine.rejoinAsReplica(away, cluster.primary, harness.credentials, never())).toEqual({ way: 'as-is' });
    await harness.engine.waitUntilCaughtUp(away, cluster.primary, harness.credentials, never());
    await expectRoles(context, cluster.primary, cluster.replicas);
  }, TEST_TIMEOUT_MS);

  it('never makes the upstream of a running cluster a replica of its replica', async () => {
    const { harness, cluster } = context;
    const [candidate] = cluster.replicas as [EngineNode];
    await expect(harness.engine.rejoinAsReplica(cluster.primary, candidate, harness.credentials, never())).rejects.toThrow(candidate.name);
    await writeRows(harness, cluster.primary, [600_002]);
  }, TEST_TIMEOUT_MS);
};

const expectRejoined = async (context: Context, node: EngineNode, upstream: EngineNode, ids: [kept: number, lost: number]): Promise<void> => {
  const { harness } = context;
  await harness.engine.waitUntilCaughtUp(node, upstream, harness.credentials, never());
  expect(await replicaNamesOf(context, upstream)).toContain(node.name);
  const rows = await readRows(harness, node);
  expect(rows).toContain(ids[0]);
  expect(rows).not.toContain(ids[1]);
  expect(await harness.reservationsOn(node)).toEqual([]);
};

const removal = (context: Context): void => {
  it('keeps nothing for a removed replica, even for one that still runs', async () => {
    const { harness, cluster } = context;
    const { engine, credentials } = harness;
    const [running, stopped] = cluster.replicas as [EngineNode, EngineNode];
    await engine.stopCleanly(stopped, 10_000);
    await engine.releaseReplica(cluster.primary, stopped.name, credentials);
    await engine.releaseReplica(cluster.primary, running.name, credentials);
    await engine.releaseReplica(cluster.primary, running.name, credentials);
    await engine.releaseReplica(cluster.primary, 'never-existed', credentials);
    expect(await harness.reservationsOn(cluster.primary)).toEqual([]);
  }, TEST_TIMEOUT_MS);
};
