import type { EngineNode } from '@holdfast/domain';
import { ask, type Context, SERVICE, TEST_TIMEOUT_MS } from './engine-postgresql.context.js';
import { never, PATIENCE_MS, pause, readRows, writeRows } from './engine.harness.js';

export const positions = (context: Context): void => {
  it('does not take a position for reached that is not, the start of the next record included', async () => {
    const { harness, cluster, replica } = context;
    await harness.engine.waitUntilCaughtUp(replica, cluster.primary, harness.credentials, never());
    await expect(harness.engine.waitForPosition(replica, 'FFFFFFFF/0', harness.credentials, 200)).rejects.toThrow(replica.name);
    // Servers write of their own accord now and then (checkpoints, running transactions): an end that is one no more is read again.
    const readEnd = async (): Promise<string> => (await ask(replica, 'select pg_last_wal_replay_lsn()'))[0] ?? '';
    let end: string;
    let refusal: string;
    let tries = 0;
    do {
      end = await readEnd();
      refusal = await harness.engine.waitForPosition(replica, end, harness.credentials, 200).then(() => '', String);
    } while ((await readEnd()) !== end && (tries += 1) < 5);
    expect(refusal).toContain(end);
    await writeRows(harness, cluster.primary, [50]);
    await harness.engine.waitForPosition(replica, end, harness.credentials, PATIENCE_MS);
  });
};

export const slots = (context: Context): void => {
  it(
    'makes a slot anew whose log is lost, and the replica a new copy',
    async () => {
      const { harness, cluster, replica } = context;
      const { engine, credentials } = harness;
      await engine.stopCleanly(replica, credentials, PATIENCE_MS);
      await ask(cluster.primary, `alter system set max_slot_wal_keep_size = '40MB'`);
      await ask(cluster.primary, `alter system set wal_keep_size = '0'`);
      await ask(cluster.primary, 'select pg_reload_conf()');
      for (let segment = 0; segment < 6; segment += 1) {
        await writeRows(harness, cluster.primary, [100 + segment]);
        await ask(cluster.primary, 'select pg_switch_wal()');
      }
      await ask(cluster.primary, 'checkpoint');
      expect(await ask(cluster.primary, 'select wal_status from pg_replication_slots')).toEqual(['lost']);
      expect(await engine.rejoinAsReplica(replica, cluster.primary, credentials, never())).toEqual({ way: 'clone' });
      await engine.waitUntilCaughtUp(replica, cluster.primary, credentials, never());
      expect(await ask(cluster.primary, `select active from pg_replication_slots where wal_status <> 'lost'`)).toEqual(['true']);
      expect(await readRows(harness, replica)).toContain(103);
      for (const name of ['max_slot_wal_keep_size', 'wal_keep_size']) await ask(cluster.primary, `alter system reset ${name}`);
      await ask(cluster.primary, 'select pg_reload_conf()');
    },
    TEST_TIMEOUT_MS,
  );
};

export const leftovers = (context: Context): void => {
  it(
    'takes a promotion back: the candidate follows the old primary again',
    async () => {
      const { harness, cluster, replica } = context;
      const { engine, credentials } = harness;
      await engine.reserveReplica(replica, cluster.primary.name, credentials);
      await engine.prepareSwitchover(cluster.primary, replica, credentials);
      const position = await engine.fence(cluster.primary, credentials, PATIENCE_MS);
      await engine.waitForPosition(replica, position, credentials, PATIENCE_MS);
      await engine.promote(replica, credentials);
      await engine.stopCleanly(replica, credentials, PATIENCE_MS);
      await engine.unfence(cluster.primary, credentials);
      await writeRows(harness, cluster.primary, [200]);
      expect(await engine.rejoinAsReplica(replica, cluster.primary, credentials, never())).toEqual({ way: harness.wayAfterDivergence });
      await engine.waitUntilCaughtUp(replica, cluster.primary, credentials, never());
      expect(await readRows(harness, replica)).toContain(200);
      expect(await harness.reservationsOn(replica)).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'copies anew over a rewind that was killed in the middle',
    async () => {
      const { harness, cluster, replica } = context;
      const { engine, credentials } = harness;
      await engine.stopCleanly(replica, credentials, PATIENCE_MS);
      await replica.machine.run({ argv: ['mv', 'pgdata', 'pgdata.rewinding'], cwd: replica.machine.dataDirectory, timeoutMs: 10_000 });
      await expect(engine.start(replica, credentials)).rejects.toThrow('no complete data directory');
      expect(await engine.rejoinAsReplica(replica, cluster.primary, credentials, never())).toEqual({ way: 'clone' });
      await engine.waitUntilCaughtUp(replica, cluster.primary, credentials, never());
      expect(await replica.machine.fileExists('pgdata.rewinding')).toBe(false);
    },
    TEST_TIMEOUT_MS,
  );
};

/** Ends the server without a shutdown, as a power cut does, and keeps it down. */
const crash = (node: EngineNode): Promise<void> => node.machine.stopService(SERVICE, { timeoutMs: 10_000, killAfterTimeout: true, signal: 'SIGQUIT' });

export const crashes = (context: Context): void => {
  it(
    'does not take a crashed node for one that stopped in good order, and stops it cleanly after all',
    async () => {
      const { harness, cluster, replica } = context;
      await writeRows(harness, cluster.primary, [300]);
      await crash(cluster.primary);
      const position = await harness.engine.fence(cluster.primary, harness.credentials, PATIENCE_MS);
      // What its files say after a stop in good order: a crash would have left none.
      expect(await harness.engine.fence(cluster.primary, harness.credentials, PATIENCE_MS)).toBe(position);
      await harness.engine.unfence(cluster.primary, harness.credentials);
      await harness.engine.waitUntilCaughtUp(replica, cluster.primary, harness.credentials, never());
      expect(await readRows(harness, replica)).toContain(300);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'promotes a replica whose upstream has just died, and brings the crashed one back',
    async () => {
      const { harness, cluster, replica } = context;
      const { engine, credentials } = harness;
      await crash(cluster.primary);
      await pause(20);
      await engine.promote(replica, credentials);
      await writeRows(harness, replica, [400]);
      const { way } = await engine.rejoinAsReplica(cluster.primary, replica, credentials, never());
      expect(way).toBe(harness.wayAfterDivergence);
      await engine.waitUntilCaughtUp(cluster.primary, replica, credentials, never());
      expect(await readRows(harness, cluster.primary)).toContain(400);
    },
    TEST_TIMEOUT_MS,
  );
};
