import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineNode } from '@holdfast/domain';
import { ask, connectTo, MYSQL_CREDENTIALS, SERVICE } from './engine-mysql.harness.js';
import { TEST_TIMEOUT_MS } from './engine.contract-context.js';
import { deploy, type EngineHarness, type MakeEngineHarness, never, PATIENCE_MS, pause, readRows, type TestCluster, writeRows } from './engine.harness.js';
import { eventually } from './machine.harness.js';

const { superuser, replication, application } = MYSQL_CREDENTIALS;

/** What the two dialects word differently. */
export interface Words {
  readonly accounts: string;
  readonly listReplicas: string;
  /** As many replicas as a commit can be made to wait for, of two; more are refused. */
  readonly requiredMax: number;
  /** Whether the driver must find out itself that a replica has what its upstream lacks; else the upstream does. */
  readonly comparesHistories: boolean;
}
export const MARIADB_WORDS: Words = { accounts: 'mysql.global_priv', listReplicas: 'SHOW REPLICA HOSTS', requiredMax: 1, comparesHistories: false };
export const MYSQL_WORDS: Words = { accounts: 'mysql.user', listReplicas: 'SHOW REPLICAS', requiredMax: 2, comparesHistories: true };

/** A commit that no replica holds back is acknowledged long before. */
const HELD_BACK_MS = 700;

interface Context {
  words: Words;
  harness: EngineHarness;
  cluster: TestCluster;
  replica: EngineNode;
}

/** What only this family does, beside the contract of every replicated engine. */
export const mysqlSpecifics = (name: string, make: MakeEngineHarness, words: Words): void => {
  describe(`${name} in particular`, () => {
    const context = { words } as Context;
    beforeAll(async () => {
      context.harness = await make();
      context.cluster = await deploy(context.harness, 'only', 1);
      context.replica = context.cluster.replicas[0] as EngineNode;
    }, TEST_TIMEOUT_MS);
    afterAll(async () => {
      await context.harness.destroy();
    }, TEST_TIMEOUT_MS);

    users(context);
    secrecy(context);
    restarts(context);
    removal(context);
  });
};

const users = (context: Context): void => {
  it('lets everybody in with passwords of every printable character, and nobody without', async () => {
    const { address } = context.cluster.primary.machine;
    const { port } = context.cluster.primary;
    for (const login of [superuser, application]) (await connectTo(address, port, login)).close();
    const strangers = [{ ...application, password: application.password.slice(1) }, { user: 'root', password: '' }, { user: '', password: '' }, replication];
    for (const login of strangers) await expect(connectTo(address, port, login)).rejects.toThrow(/Access denied/);
  });

  it.each([`SELECT * FROM ${context.words.accounts}`, 'SET GLOBAL read_only = 0', 'STOP REPLICA', 'CREATE DATABASE another', 'CREATE TABLE another.t (id INT)', "SELECT 1 INTO OUTFILE 'x'"])(
    'gives the application no right to %s',
    async (sql) => {
      const client = await connectTo(context.cluster.primary.machine.address, context.cluster.primary.port);
      await expect(client.query(sql)).rejects.toThrow(/denied/);
      client.close();
    },
  );
};

/** A server removes logs, spare files and folders of its own meanwhile. */
const unlessGone = <T>(read: () => T, otherwise: T): T => {
  try {
    return read();
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ENOENT') return otherwise;
    throw problem;
  }
};

const files = (folder: string): string[] =>
  unlessGone(() => readdirSync(folder, { withFileTypes: true }), []).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : entry.isFile() ? [path] : [];
  });

const secrecy = (context: Context): void => {
  it('keeps no password of people in a file or in the arguments of a program, and its own files to itself', async () => {
    for (const { machine } of [context.cluster.primary, context.replica]) {
      for (const file of files(machine.dataDirectory)) {
        const text = unlessGone(() => readFileSync(file, 'latin1'), '');
        for (const { password } of [superuser, replication, application]) expect(text.includes(password) ? file : undefined).toBeUndefined();
      }
      for (const file of ['server.cnf', 'accounts.sql', 'role.json']) expect(statSync(join(machine.dataDirectory, file)).mode & 0o077).toBe(0);
    }
    const running = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8', maxBuffer: Infinity });
    for (const { password } of [superuser, replication, application]) expect(running).not.toContain(password.slice(-15));
  });

  it('has its temporary files in a folder of its own: another server that starts removes what it finds in its', async () => {
    for (const { machine, port } of [context.cluster.primary, context.replica]) {
      const client = await connectTo(machine.address, port, superuser);
      expect(await client.query('SELECT @@tmpdir AS folder')).toEqual([{ folder: machine.dataDirectory }]);
      client.close();
    }
  });

  it('leaves nothing of a copy on either side', async () => {
    for (const { machine } of [context.cluster.primary, context.replica]) {
      expect(readdirSync(machine.dataDirectory).filter((name) => name.startsWith('copy') || name.includes('unfinished'))).toEqual([]);
    }
  });
};

/** Each kill within a minute doubles the time until the machine starts the server again, up to 10 s; then it recovers. */
const RESTART_MS_MAX = 60_000;

const kill = async (node: EngineNode): Promise<void> => {
  const { pid } = await node.machine.serviceStatus(SERVICE);
  if (pid === undefined) throw new Error(`${node.name} does not run.`);
  process.kill(pid, 'SIGKILL');
  await eventually('another server runs', async () => {
    const now = await node.machine.serviceStatus(SERVICE);
    return now.state === 'running' && now.pid !== pid;
  }, RESTART_MS_MAX);
};

const restarts = (context: Context): void => {
  it('keeps a fenced primary from writing over a restart, until it is unfenced', async () => {
    const { harness, cluster } = context;
    const { engine, credentials } = harness;
    const position = await engine.fence(cluster.primary, credentials, PATIENCE_MS);
    await kill(cluster.primary);
    expect(await engine.fence(cluster.primary, credentials, PATIENCE_MS)).toBe(position);
    await expect(writeRows(harness, cluster.primary, [10])).rejects.toThrow(/read-only/);
    expect(await engine.health(cluster.primary, credentials)).toMatchObject({ role: 'replica', streaming: false });
    await engine.unfence(cluster.primary, credentials);
    await writeRows(harness, cluster.primary, [11]);
    await engine.waitUntilCaughtUp(context.replica, cluster.primary, credentials, never());
  }, TEST_TIMEOUT_MS);

  it('lets a killed primary serve on, and a killed replica follow on, without being told', async () => {
    const { harness, cluster, replica } = context;
    await kill(cluster.primary);
    await eventually('it accepts writes', async () => (await harness.engine.health(cluster.primary, harness.credentials)).reachable, RESTART_MS_MAX);
    await writeRows(harness, cluster.primary, [20]);
    await kill(replica);
    await writeRows(harness, cluster.primary, [21]);
    await eventually('the replica has it', async () => {
      const { reachable } = await harness.engine.health(replica, harness.credentials);
      return reachable && (await readRows(harness, replica)).includes(21);
    }, RESTART_MS_MAX);
    await expect(writeRows(harness, replica, [22])).rejects.toThrow(/read-only/);
  }, TEST_TIMEOUT_MS);

  it('takes a replica that was stopped for a while back as it is', async () => {
    const { harness, cluster, replica } = context;
    await harness.engine.stopCleanly(replica, harness.credentials, PATIENCE_MS);
    await writeRows(harness, cluster.primary, [30]);
    expect(await harness.engine.rejoinAsReplica(replica, cluster.primary, harness.credentials, never())).toEqual({ way: 'as-is' });
    await harness.engine.waitUntilCaughtUp(replica, cluster.primary, harness.credentials, never());
    expect(await readRows(harness, replica)).toContain(30);
  }, TEST_TIMEOUT_MS);

  it('lets a commit wait for as many replicas as the server can count, and refuses a rule of more', async () => {
    const { harness, cluster, words } = context;
    const { engine, credentials } = harness;
    const among = ['a', 'b'];
    await expect(engine.setSyncPolicy(cluster.primary, { required: words.requiredMax + 1, among }, credentials)).rejects.toThrow('cannot be required');
    await engine.setSyncPolicy(cluster.primary, { required: words.requiredMax, among }, credentials);
    let acknowledged = false;
    const written = writeRows(harness, cluster.primary, [40]).then(() => (acknowledged = true));
    // There is one replica.
    if (words.requiredMax > 1) {
      await pause(HELD_BACK_MS);
      expect(acknowledged).toBe(false);
      await engine.setSyncPolicy(cluster.primary, { required: 1, among }, credentials);
    }
    await written;
    await engine.setSyncPolicy(cluster.primary, { required: 0, among: [] }, credentials);
  }, TEST_TIMEOUT_MS);

  it('is told where a replica does not get on, and goes on once it does', async () => {
    const { harness, cluster, replica } = context;
    const { engine, credentials } = harness;
    const holder = await connectTo(replica.machine.address, replica.port, superuser);
    try {
      await holder.query('FLUSH TABLES WITH READ LOCK');
      await writeRows(harness, cluster.primary, [45]);
      const health = await engine.health(cluster.primary, credentials);
      if (!health.reachable) throw new Error(health.problem);
      await expect(engine.waitForPosition(replica, health.position, credentials, HELD_BACK_MS)).rejects.toThrow(/^only-2: it has applied .*, not .* in 700 ms/);
      await expect(engine.prepareSwitchover(cluster.primary, replica, credentials)).rejects.toThrow('only-2');
      await expect(engine.fence(cluster.primary, credentials, HELD_BACK_MS)).rejects.toThrow(/only-1: not every replica took over all it wrote/);
      await writeRows(harness, cluster.primary, [46]);
    } finally {
      holder.close();
    }
    await engine.waitUntilCaughtUp(replica, cluster.primary, credentials, never());
    expect(await readRows(harness, replica)).toEqual(expect.arrayContaining([45, 46]));
  }, TEST_TIMEOUT_MS);

  it('is made anew where it wrote something of its own while it was a replica', async () => {
    const { harness, cluster, replica, words } = context;
    const { engine, credentials } = harness;
    await ask(replica, 'SET GLOBAL read_only = 0');
    await writeRows(harness, replica, [50]);
    await ask(replica, 'STOP REPLICA');
    if (words.comparesHistories) {
      await expect(engine.followUpstream(replica, cluster.primary, credentials)).rejects.toThrow(/^only-2: it has transactions that only-1 lacks: [0-9a-f-]{36}:1/);
      expect(await engine.health(replica, credentials)).toMatchObject({ streaming: false });
    }
    await writeRows(harness, cluster.primary, [51]);
    expect(await engine.rejoinAsReplica(replica, cluster.primary, credentials, never())).toEqual({ way: 'clone' });
    await engine.waitUntilCaughtUp(replica, cluster.primary, credentials, never());
    const rows = await readRows(harness, replica);
    expect(rows).toEqual(await readRows(harness, cluster.primary));
    expect(rows).not.toContain(50);
  }, TEST_TIMEOUT_MS);

  it('is ended by force where it does not stop when it is asked to, and started again where it was to serve on', async () => {
    const { harness, cluster } = context;
    const { engine, credentials } = harness;
    const thaw = await harness.freeze(cluster.primary);
    try {
      await expect(engine.stopCleanly(cluster.primary, credentials, 1_500)).rejects.toThrow(/did not stop in 1500 ms; it serves again/);
    } finally {
      await thaw();
    }
    await writeRows(harness, cluster.primary, [60]);
    await engine.waitUntilCaughtUp(context.replica, cluster.primary, credentials, never());
    expect(await readRows(harness, context.replica)).toContain(60);
  }, TEST_TIMEOUT_MS);
};

const removal = (context: Context): void => {
  it('shuts a removed replica out that still runs, and lists it no more', async () => {
    const { harness, cluster, replica } = context;
    await harness.engine.releaseReplica(cluster.primary, replica.name, harness.credentials);
    await eventually('nobody is fed', async () => (await ask(cluster.primary, context.words.listReplicas)).length === 0);
    await eventually('the replica is refused', async () => {
      const [status] = await ask(replica, 'SHOW REPLICA STATUS');
      return String(status?.['Last_IO_Error']).includes('Access denied');
    });
    expect(await harness.engine.health(cluster.primary, harness.credentials)).toMatchObject({ replicas: [] });
  }, TEST_TIMEOUT_MS);
};
