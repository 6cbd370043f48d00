// The embedded server itself: what it leaves behind when it is killed, and what must not keep it from starting again.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { EventStoreUnavailable, POSITION_START } from '@holdfast/domain';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { EmbeddedPostgres, locatePostgres, unprivilegedUser } from '@holdfast/infra/toolchain';
import pg from 'pg';
import { eventually } from '../support/api-client.js';
import { toolsDirectory } from '../support/event-store-server.js';
import { freePort } from '../support/free-ports.js';
import { fact } from './event-store.contract.js';
import { pidLives } from './machine.harness.js';

jest.setTimeout(180_000);

let programs: string;
let folder: string;
let server: EmbeddedPostgres;
const strangers: ChildProcess[] = [];
const runAs = unprivilegedUser();
const environment = { ...process.env };

const pidFile = (): string => join(folder, 'store', 'data', 'postmaster.pid');

const ask = async (sql: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined); // The query says it.
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

beforeAll(async () => {
  // A server has no business with what Holdfast was given.
  process.env['HOLDFAST_CANARY'] = 'HFCANARYenvironment';
  const found = locatePostgres(toolsDirectory());
  if (found === undefined) throw new Error('PostgreSQL is not installed: run ./holdfast test.');
  programs = found;
  folder = mkdtempSync(join(tmpdir(), 'holdfast-server-'));
  chmodSync(folder, 0o755);
  server = new EmbeddedPostgres({
    programs,
    directory: join(folder, 'store'),
    host: '127.0.0.1',
    port: await freePort(),
    database: 'holdfast',
    logFile: join(folder, 'log'),
    ...(runAs === undefined ? {} : { runAs }),
  });
  await server.start();
  await ask('create table kept (n int)');
});
afterAll(async () => {
  process.env = environment;
  for (const stranger of strangers) stranger.kill('SIGKILL');
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('is initialised with checksums and scram, and keeps its password to its user', async () => {
  expect(await ask('show data_checksums')).toEqual([{ data_checksums: 'on' }]);
  expect(await ask(`select distinct auth_method from pg_hba_file_rules where auth_method <> 'scram-sha-256'`)).toEqual([]);
  const file = statSync(join(folder, 'store', 'password'));
  expect({ mode: file.mode & 0o777, uid: file.uid }).toEqual({ mode: 0o600, uid: runAs?.uid ?? process.getuid?.() });
  await expect(ask('show fsync')).resolves.toEqual([{ fsync: 'on' }]);
});

it('answers the same pid when it runs already', async () => {
  expect(await server.start()).toBe(server.pid());
});

it('is given nothing of the environment but what programs need', async () => {
  await ask(`create table environment (line text); copy environment from program 'env' (format text, delimiter E'\\x01')`);
  expect(await ask(`select line from environment where line like 'PATH=%'`)).toHaveLength(1);
  expect(await ask(`select line from environment where line like '%CANARY%' or line like 'HOLDFAST%'`)).toEqual([]);
});

it('starts again after kill -9 of the postmaster alone, in the middle of work, as often as that happens', async () => {
  for (let n = 1; n <= 3; n += 1) {
    await ask(`insert into kept values (${n})`);
    // A child that is busy outlives its postmaster, and holds the memory of the old server for a while.
    const busy = ask('select count(*) from generate_series(1, 20000000)').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const pid = server.pid() ?? NaN;
    process.kill(pid, 'SIGKILL');
    while (pidLives(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
    await server.start();
    await busy;
    expect(await ask('select count(*)::int as n from kept')).toEqual([{ n }]);
  }
});

it('starts when the pid it left behind is now that of somebody else, who is left alone', async () => {
  await server.kill();
  const stranger = spawn('sleep', ['600'], { stdio: 'ignore', cwd: '/', ...runAs });
  strangers.push(stranger);
  const lines = readFileSync(join(folder, 'log'), 'utf8').length;
  // As a crash and a reboot leave it: a file that names a process of the same user.
  const left = [String(stranger.pid), join(folder, 'store', 'data'), '1', '5432', '', '127.0.0.1', '         1         1', 'ready   ', ''].join('\n');
  writeFileSync(pidFile(), left, { mode: 0o600 });
  await server.start();
  expect(await ask('select count(*)::int as n from kept')).toEqual([{ n: 3 }]);
  expect(readFileSync(join(folder, 'log'), 'utf8').slice(lines)).not.toContain('lock file');
  expect(stranger.exitCode ?? stranger.signalCode).toBe(null);
});

it('says what to do with facts that were dumped from a server that was further on, and that helps', async () => {
  const before = PostgresEventStore.connect(server.url);
  await before.migrate();
  await before.migrate();
  // What pg_restore would bring: facts with the other server's transaction numbers.
  await ask(
    `insert into event_store.events (tx, stream, version, event_id, type, schema_version, data, meta) values ('90000000', 'old', 0, gen_random_uuid(), 'Old', 1, '{}', '{}')`,
  );
  const failure: unknown = await before.migrate().catch((error: unknown) => error);
  await before.close();
  expect(failure).toBeInstanceOf(EventStoreUnavailable);
  const epoch = /pg_resetwal (--epoch=\d+)/.exec(String(failure))?.[1] ?? '';
  await server.stop();
  execFileSync(join(programs, 'pg_resetwal'), [epoch, join(folder, 'store', 'data')], { timeout: 30_000, cwd: '/', ...runAs });
  await server.start();
  const after = PostgresEventStore.connect(server.url);
  await after.migrate();
  await after.append('new', 'no-stream', [fact('New')]);
  const page = await eventually('both are read', 30_000, async () => {
    const { facts } = await after.readAll({ after: POSITION_START, limit: 10 });
    return facts.length < 2 ? undefined : facts;
  });
  await after.close();
  expect(page.map((found) => found.type)).toEqual(['Old', 'New']);
});

it('stops within its time although a client stays, and leaves no process', async () => {
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  const data = join(folder, 'store', 'data');
  await server.stop();
  expect(server.pid()).toBe(undefined);
  expect(readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && dataOf(pid) === data)).toEqual([]);
  await server.start();
  expect(await ask('select count(*)::int as n from kept')).toEqual([{ n: 3 }]);
});

const dataOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[2] ?? '';
  } catch {
    return ''; // It has ended.
  }
};
