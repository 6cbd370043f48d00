import { readdirSync, readFileSync } from 'node:fs';
import type { EngineNode } from '@holdfast/domain';
import { holdsSoon } from '../support/holds-soon.js';
import { ask, REDIS_CREDENTIALS, SERVICE } from './engine-redis.harness.js';
import { TEST_TIMEOUT_MS } from './engine.contract-context.js';
import { deploy, type EngineHarness, type MakeEngineHarness, never, PATIENCE_MS, pause, readRows, type TestCluster, writeRows } from './engine.harness.js';
import { eventually } from './machine.harness.js';

const { superuser, replication, application } = REDIS_CREDENTIALS;

interface Context {
  harness: EngineHarness;
  cluster: TestCluster;
  replica: EngineNode;
}

/** What only Valkey and Redis do, beside the contract of every replicated engine. */
export const redisSpecifics = (name: string, make: MakeEngineHarness): void => {
  describe(`${name} in particular`, () => {
    const context = {} as Context;
    beforeAll(async () => {
      const harness = await make();
      const cluster = await deploy(harness, 'only', 1);
      Object.assign(context, { harness, cluster, replica: cluster.replicas[0] });
    }, TEST_TIMEOUT_MS);
    afterAll(async () => {
      await context.harness.destroy();
    }, TEST_TIMEOUT_MS);

    users(context);
    secrecy(context);
    restarts(context);
    fencing(context);
    synchronous(context);
    removal(context);
  });
};

const users = (context: Context): void => {
  it('lets everybody in with passwords of every printable character, and nobody without', async () => {
    const { primary } = context.cluster;
    for (const login of [superuser, application]) expect(await ask(primary, ['PING'], login)).toBe('PONG');
    for (const login of [{ ...application, password: application.password.slice(1) }, { user: 'default', password: '' }, replication]) {
      await expect(ask(primary, ['PING'], login)).rejects.toThrow(/WRONGPASS|NOAUTH|NOPERM/);
    }
  });

  it.each([['CONFIG', 'GET', 'masterauth'], ['ACL', 'LIST'], ['REPLICAOF', 'NO', 'ONE'], ['SHUTDOWN', 'NOW'], ['CLIENT', 'KILL', 'TYPE', 'normal'], ['BGREWRITEAOF'], ['MONITOR']])(
    'gives the application no right to %s',
    async (...command) => {
      await expect(ask(context.cluster.primary, command, application)).rejects.toThrow('NOPERM');
    },
  );

  it('gives the application all that is done with data', async () => {
    const { primary } = context.cluster;
    expect(await ask(primary, ['EVAL', `return redis.call('SET', KEYS[1], ARGV[1])`, '1', 'of the application', 'x'], application)).toBe('OK');
    expect(await ask(primary, ['KEYS', 'of the app*'], application)).toEqual(['of the application']);
    expect(await ask(primary, ['DEL', 'of the application'], application)).toBe(1);
  });

  it('lets a replica do nothing but replicate', async () => {
    const { cluster, replica } = context;
    const login = { user: `${replication.user}:${replica.name}`, password: replication.password };
    await expect(ask(cluster.primary, ['SMEMBERS', 'row_written'], login)).rejects.toThrow('NOPERM');
  });

  it('never makes a replica a primary by starting it as one', async () => {
    const { harness, replica } = context;
    await expect(harness.engine.startAsPrimary(replica, harness.credentials)).rejects.toThrow(replica.name);
    expect(await harness.engine.health(replica, harness.credentials)).toMatchObject({ role: 'replica' });
  });
};

const allCommandLines = (): string =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
      } catch {
        // It ended, or is another user's.
        return '';
      }
    })
    .join('\n');

const secrecy = (context: Context): void => {
  it('writes no password to the log, to a command line or to a file that others can read', async () => {
    const { cluster, replica } = context;
    const running = allCommandLines();
    for (const { machine } of [cluster.primary, replica]) {
      const log = (await machine.serviceLog(SERVICE, 10_000)).join('\n');
      const known = `${log}${await machine.readFile('users.acl')}${await machine.readFile('role.conf')}`;
      for (const { password } of [superuser, replication, application]) {
        expect(known).not.toContain(password);
        expect(running).not.toContain(password);
      }
      const { stdout } = await machine.run({ argv: ['find', machine.dataDirectory, '-ignore_readdir_race', '-name', 'server.conf', '-perm', '/077'], timeoutMs: 10_000 });
      expect(stdout).toBe('');
      expect(await machine.readFile('server.conf')).not.toContain(superuser.password);
    }
  });
};

/** Each crash within a minute doubles the time until the machine starts the server again, up to 10 s. */
const RESTART_MS_MAX = 60_000;

/** As a power cut: the machine starts it again. */
const crash = async (node: EngineNode): Promise<void> => {
  const { pid } = await node.machine.serviceStatus(SERVICE);
  if (pid === undefined) throw new Error(`${node.name} does not run.`);
  process.kill(pid, 'SIGKILL');
  await eventually('it runs again', async () => {
    const status = await node.machine.serviceStatus(SERVICE);
    return status.state === 'running' && status.pid !== pid && (await ask(node, ['PING']).catch(() => '')) === 'PONG';
  }, RESTART_MS_MAX);
};

const persistenceOf = async (node: EngineNode): Promise<string> => String(await ask(node, ['INFO', 'persistence']));

const restarts = (context: Context): void => {
  it(
    'keeps roles and data over crashes, and after a promotion the new ones',
    async () => {
      const { harness, cluster, replica } = context;
      const { engine, credentials } = harness;
      await writeRows(harness, cluster.primary, [100]);
      // A server whose disk is busy holds back what it writes.
      await eventually('it is written', async () => /^aof_pending_bio_fsync:0\r?$/m.test(await persistenceOf(cluster.primary)) && /^aof_buffer_length:0\r?$/m.test(await persistenceOf(cluster.primary)), RESTART_MS_MAX);
      await crash(cluster.primary);
      expect(await engine.health(cluster.primary, credentials)).toMatchObject({ role: 'primary' });
      expect(await readRows(harness, cluster.primary)).toContain(100);
      await crash(replica);
      await engine.waitUntilCaughtUp(replica, cluster.primary, credentials, never());
      expect(await engine.health(replica, credentials)).toMatchObject({ role: 'replica', streaming: true });

      await engine.reserveReplica(replica, cluster.primary.name, credentials);
      const position = await engine.fence(cluster.primary, credentials, PATIENCE_MS);
      await engine.waitForPosition(replica, position, credentials, PATIENCE_MS);
      await engine.promote(replica, credentials);
      await crash(replica);
      expect(await engine.health(replica, credentials)).toMatchObject({ role: 'primary' });
      await engine.rejoinAsReplica(cluster.primary, replica, credentials, never());
      await crash(cluster.primary);
      await engine.waitUntilCaughtUp(cluster.primary, replica, credentials, never());
      expect(await engine.health(cluster.primary, credentials)).toMatchObject({ role: 'replica', streaming: true });
      context.cluster = { primary: replica, replicas: [cluster.primary] };
      context.replica = cluster.primary;
    },
    TEST_TIMEOUT_MS,
  );
};

const fencing = (context: Context): void => {
  it(
    'stays fenced over a crash, at the same position, while keys expire and signs of life are due',
    async () => {
      const { harness, cluster, replica } = context;
      const { engine, credentials } = harness;
      const { primary } = cluster;
      await ask(primary, ['CONFIG', 'SET', 'repl-ping-replica-period', '1']);
      await ask(primary, ['SET', 'short-lived', 'x', 'PX', '300']);
      const position = await engine.fence(primary, credentials, PATIENCE_MS);
      await pause(2_500);
      expect(await engine.health(primary, credentials)).toMatchObject({ reachable: true, role: 'replica', streaming: false, position });
      expect(await engine.fence(primary, credentials, PATIENCE_MS)).toBe(position);
      await crash(primary);
      await expect(writeRows(harness, primary, [200])).rejects.toThrow('READONLY');
      expect(await engine.fence(primary, credentials, PATIENCE_MS)).toBe(position);
      await engine.unfence(primary, credentials);
      await crash(primary);
      await writeRows(harness, primary, [201]);
      await engine.waitUntilCaughtUp(replica, primary, credentials, never());
      expect(await readRows(harness, replica)).toContain(201);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'leaves a primary that serves when the fencing was begun and its driver died',
    async () => {
      const { harness, cluster } = context;
      // All that a driver killed before the role was written leaves behind: its connection is gone, the pause is bounded.
      const begun = performance.now();
      await ask(cluster.primary, ['CLIENT', 'PAUSE', '1000', 'WRITE']);
      await writeRows(harness, cluster.primary, [202]);
      expect(performance.now() - begun).toBeGreaterThan(900);
      await harness.engine.unfence(cluster.primary, harness.credentials);
    },
    TEST_TIMEOUT_MS,
  );
};

const synchronous = (context: Context): void => {
  it(
    'refuses writes once too few replicas confirm, also after a restart, and takes them again',
    async () => {
      const { harness, cluster, replica } = context;
      const { engine, credentials } = harness;
      await engine.setSyncPolicy(cluster.primary, { required: 1, among: [replica.name] }, credentials);
      const thaw = await harness.freeze(replica);
      try {
        await eventually('the primary refuses', async () => (await ask(cluster.primary, ['SET', 'a', 'b']).catch(String)) !== 'OK');
        await expect(ask(cluster.primary, ['SET', 'a', 'b'])).rejects.toThrow('NOREPLICAS');
        await crash(cluster.primary);
        await expect(ask(cluster.primary, ['SET', 'a', 'b'])).rejects.toThrow('NOREPLICAS');
      } finally {
        await thaw();
      }
      await engine.waitUntilCaughtUp(replica, cluster.primary, credentials, never());
      await eventually('the primary writes', async () => (await ask(cluster.primary, ['SET', 'a', 'b']).catch(String)) === 'OK');
      await engine.setSyncPolicy(cluster.primary, { required: 0, among: [] }, credentials);
    },
    TEST_TIMEOUT_MS,
  );
};

const removal = (context: Context): void => {
  it(
    'shuts a released replica out although it still runs and tries',
    async () => {
      const { harness, cluster, replica } = context;
      await harness.engine.releaseReplica(cluster.primary, replica.name, harness.credentials);
      await holdsSoon(async () => expect(await harness.engine.health(replica, harness.credentials)).toMatchObject({ streaming: false }));
      await pause(2_500);
      expect(await harness.engine.health(cluster.primary, harness.credentials)).toMatchObject({ replicas: [] });
      expect(await harness.engine.health(replica, harness.credentials)).toMatchObject({ streaming: false });
      await crash(cluster.primary);
      expect(await harness.reservationsOn(cluster.primary)).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
};
