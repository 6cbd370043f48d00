import type { EngineNode } from '@holdfast/domain';
import { allNodes, type Context, expectRoles, names, TEST_TIMEOUT_MS } from './engine.contract-context.js';
import { join, never, PATIENCE_MS, pause, readRows, writeRows } from './engine.harness.js';

export const deployment = (context: Context): void => {
  it('has one writable primary, and replicas that stream and refuse writes', async () => {
    const { harness, cluster } = context;
    await expectRoles(context, cluster.primary, cluster.replicas);
    for (const replica of cluster.replicas) await expect(writeRows(harness, replica, [99])).rejects.toThrow();
  });

  it('has the rows written before on every node', async () => {
    for (const node of allNodes(context)) expect(await readRows(context.harness, node)).toEqual([1, 2, 3]);
  });

  it(
    'answers the same when every step is repeated',
    async () => {
      const { harness, cluster } = context;
      await harness.engine.install(cluster.primary);
      await harness.engine.startAsPrimary(cluster.primary, harness.credentials);
      for (const replica of cluster.replicas) await join(harness, replica, cluster.primary);
      await expectRoles(context, cluster.primary, cluster.replicas);
      expect(await readRows(harness, cluster.primary)).toEqual([1, 2, 3]);
      expect(await harness.reservationsOn(cluster.primary)).toHaveLength(2);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'says of a stopped node that it does not answer',
    async () => {
      const { harness, cluster } = context;
      const [replica] = cluster.replicas as [EngineNode];
      await harness.engine.stopCleanly(replica, harness.credentials, PATIENCE_MS);
      const health = await harness.engine.health(replica, harness.credentials);
      expect(health).toMatchObject({ reachable: false, problem: expect.stringContaining(replica.name) });
      await harness.engine.start(replica, harness.credentials);
      await harness.engine.start(replica, harness.credentials);
      await harness.engine.waitUntilCaughtUp(replica, cluster.primary, harness.credentials, never());
    },
    TEST_TIMEOUT_MS,
  );

  it('shows no password in its health', async () => {
    const { harness, cluster } = context;
    const text = JSON.stringify(await harness.engine.health(cluster.primary, harness.credentials));
    for (const { password } of [harness.credentials.superuser, harness.credentials.replication, harness.credentials.application]) {
      expect(text).not.toContain(password);
    }
  });
};

export const copying = (context: Context): void => {
  it(
    'copies again after a copy that was cancelled in the middle, and over what a killed one left',
    async () => {
      const { harness, cluster } = context;
      const { engine, credentials } = harness;
      const node = await harness.createNode('late');
      await engine.install(node);
      await engine.reserveReplica(cluster.primary, node.name, credentials);
      const cancel = new AbortController();
      const cancelled = engine.cloneFrom(node, cluster.primary, credentials, cancel.signal);
      await pause(harness.midCopyMs);
      cancel.abort(new Error('enough'));
      await expect(cancelled).rejects.toThrow();
      await expect(engine.start(node, credentials)).rejects.toThrow();

      await harness.leaveHalfCopy(node);
      await join(harness, node, cluster.primary);
      expect(await readRows(harness, node)).toEqual([1, 2, 3]);

      await engine.stopCleanly(node, credentials, PATIENCE_MS);
      await engine.releaseReplica(cluster.primary, node.name, credentials);
      await expectRoles(context, cluster.primary, cluster.replicas);
    },
    TEST_TIMEOUT_MS,
  );
};

export const commits = (context: Context): void => {
  it(
    'holds a commit back until as many replicas as required have it',
    async () => {
      const { harness, cluster } = context;
      const { engine, credentials } = harness;
      const policy = { required: 1, among: names(cluster.replicas) };
      for (const node of allNodes(context)) await engine.setSyncPolicy(node, policy, credentials);
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

      for (const node of allNodes(context)) await engine.setSyncPolicy(node, { required: 0, among: [] }, credentials);
      for (const node of cluster.replicas) await engine.waitUntilCaughtUp(node, cluster.primary, credentials, never());
      expect(await engine.health(cluster.primary, credentials)).toMatchObject({ replicas: [{ synchronous: false }, { synchronous: false }] });
    },
    TEST_TIMEOUT_MS,
  );

  it('refuses a rule that no commit could meet', async () => {
    const { harness, cluster } = context;
    await expect(harness.engine.setSyncPolicy(cluster.primary, { required: 2, among: ['a'] }, harness.credentials)).rejects.toThrow();
    await writeRows(harness, cluster.primary, [800_002]);
  });
};

export const removal = (context: Context): void => {
  it(
    'keeps nothing for a removed replica, even for one that still runs',
    async () => {
      const { harness, cluster } = context;
      const { engine, credentials } = harness;
      const [running, stopped] = cluster.replicas as [EngineNode, EngineNode];
      await engine.stopCleanly(stopped, credentials, PATIENCE_MS);
      await engine.releaseReplica(cluster.primary, stopped.name, credentials);
      await engine.releaseReplica(cluster.primary, running.name, credentials);
      await engine.releaseReplica(cluster.primary, running.name, credentials);
      await engine.releaseReplica(cluster.primary, 'never-existed', credentials);
      expect(await harness.reservationsOn(cluster.primary)).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
};
