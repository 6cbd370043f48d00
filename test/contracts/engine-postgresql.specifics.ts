import { readdirSync, readFileSync } from 'node:fs';
import { ask, type Context, SERVICE, TEST_TIMEOUT_MS } from './engine-postgresql.context.js';
import { POSTGRESQL_CREDENTIALS } from './engine-postgresql.harness.js';
import { crashes, leftovers, positions, slots } from './engine-postgresql.recovery.js';
import { deploy, join, type MakeEngineHarness, never, PATIENCE_MS, readRows, writeRows } from './engine.harness.js';

const { superuser, replication, application } = POSTGRESQL_CREDENTIALS;

/** What only PostgreSQL does, beside the contract of every replicated engine. */
export const postgresqlSpecifics = (name: string, make: MakeEngineHarness): void => {
  describe(`${name} in particular`, () => {
    const context = {} as Context;
    beforeAll(async () => {
      const harness = await make();
      const cluster = await deploy(harness, 'single', 0);
      Object.assign(context, { harness, cluster });
    }, TEST_TIMEOUT_MS);
    afterAll(async () => {
      await context.harness.destroy();
    }, TEST_TIMEOUT_MS);

    creation(context);
    growth(context);
    safety(context);
    positions(context);
    slots(context);
    leftovers(context);
    crashes(context);
  });
};

const creation = (context: Context): void => {
  it('has checksums, UTF-8, code point order, and SCRAM for every password', async () => {
    const { primary } = context.cluster;
    expect(await ask(primary, `select current_setting('data_checksums') || ' ' || current_setting('server_encoding')`)).toEqual(['on UTF8']);
    expect(await ask(primary, `select letter from unnest(array['b', 'A', 'ä', 'a', 'B']) as letter order by letter`)).toEqual(['A', 'B', 'a', 'b', 'ä']);
    expect(await ask(primary, `select rolname from pg_authid where rolcanlogin and rolpassword like 'SCRAM-SHA-256$%' order by 1`)).toEqual(
      [application.user, replication.user, superuser.user].sort(),
    );
  });

  it('gives the application no right over the server', async () => {
    const { primary } = context.cluster;
    expect(
      await ask(
        primary,
        `select rolname from pg_roles where rolname in ('${application.user}', '${replication.user}') and (rolsuper or rolcreaterole or rolcreatedb)`,
      ),
    ).toEqual([]);
    await expect(ask(primary, 'select rolpassword from pg_authid', application)).rejects.toThrow('permission denied');
  });

  it(
    'throws a half-made data directory away',
    async () => {
      const { harness } = context;
      const node = await harness.createNode('half-made');
      await harness.leaveHalfCopy(node);
      await harness.engine.install(node);
      await harness.engine.startAsPrimary(node, harness.credentials);
      await writeRows(harness, node, [1]);
      expect(await node.machine.fileExists('pgdata.unfinished')).toBe(false);
      await harness.engine.stopCleanly(node, harness.credentials, PATIENCE_MS);
    },
    TEST_TIMEOUT_MS,
  );
};

const growth = (context: Context): void => {
  it(
    'grows from a single node without a restart of the primary',
    async () => {
      const { harness, cluster } = context;
      const started = await ask(cluster.primary, 'select pg_postmaster_start_time()');
      context.replica = await harness.createNode('grown');
      await join(harness, context.replica, cluster.primary);
      expect(await ask(cluster.primary, 'select pg_postmaster_start_time()')).toEqual(started);
      expect(await readRows(harness, context.replica)).toEqual([1, 2, 3]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'never makes a replica a primary by starting it as one',
    async () => {
      const { harness, replica } = context;
      await expect(harness.engine.startAsPrimary(replica, harness.credentials)).rejects.toThrow(replica.name);
      expect(await harness.engine.health(replica, harness.credentials)).toMatchObject({ role: 'replica' });
    },
    TEST_TIMEOUT_MS,
  );
};

const allCommandLines = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
      } catch {
        // It ended, or is another user's.
        return '';
      }
    })
    .join('\n');

const safety = (context: Context): void => {
  it('lets everybody in with passwords of every printable character, nobody without, and the replication user into no data', async () => {
    const { primary } = context.cluster;
    for (const login of [superuser, application]) expect(await ask(primary, 'select 1', login)).toEqual(['1']);
    await expect(ask(primary, 'select 1', { ...application, password: application.password.slice(1) })).rejects.toThrow('password authentication failed');
    await expect(ask(primary, 'select 1', { ...application, password: 'wrong' })).rejects.toThrow('password authentication failed');
    await expect(ask(primary, 'select 1', { ...replication, database: application.database })).rejects.toThrow('pg_hba.conf rejects');
    expect(await ask(primary, 'select 1', replication)).toEqual(['1']);
  });

  it('writes no password to the log, to a command line or to a file that others can read', async () => {
    const { cluster, replica } = context;
    const running = allCommandLines();
    for (const { machine } of [cluster.primary, replica]) {
      const log = (await machine.serviceLog(SERVICE, 10_000)).join('\n');
      for (const { password } of [superuser, replication, application]) {
        expect(log).not.toContain(password);
        expect(running).not.toContain(password);
      }
      const { stdout } = await machine.run({ argv: ['find', machine.dataDirectory, '-ignore_readdir_race', '-type', 'f', '-name', 'pass*', '-perm', '/077'], timeoutMs: 10_000 });
      expect(stdout).toBe('');
      expect(await machine.fileExists('initdb-password')).toBe(false);
    }
  });

  it(
    'does not let ALTER SYSTEM win over the rule for commits and the upstream',
    async () => {
      const { harness, cluster, replica } = context;
      await ask(cluster.primary, `alter system set synchronous_standby_names = 'nobody'`);
      await harness.engine.setSyncPolicy(cluster.primary, { required: 0, among: [] }, harness.credentials);
      await writeRows(harness, cluster.primary, [4]);
      await ask(replica, `alter system set primary_conninfo = 'host=127.0.0.1 port=1'`);
      await harness.engine.followUpstream(replica, cluster.primary, harness.credentials);
      await harness.engine.waitUntilCaughtUp(replica, cluster.primary, harness.credentials, never());
      expect(await ask(replica, `select count(*) from pg_file_settings where sourcefile like '%auto.conf'`)).toEqual(['0']);
    },
    TEST_TIMEOUT_MS,
  );
};
