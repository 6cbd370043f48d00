import { spawn, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { alive, childrenOf, gone, hasArgument, processesIn, send } from './process-table.js';
import type { RunAs } from './system-user.js';

export interface EmbeddedPostgresOptions {
  /** Folder with initdb and postgres. */
  readonly programs: string;
  /** Folder of its own; the data lies in `data` below it. */
  readonly directory: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Needed when we are root, whom PostgreSQL refuses. */
  readonly runAs?: RunAs;
  readonly logFile: string;
}

const USER = 'holdfast';
const PID_FILE = 'postmaster.pid';
const READY_TIMEOUT_MS = 60_000;
const INITDB_TIMEOUT_MS = 120_000;
const KILLED_TIMEOUT_MS = 10_000;
const POLL_MS = 25;
const LAUNCHES_MAX = 4;
const RELAUNCH_DELAY_MS = 250;

/** The event store's own server: initialised once, started detached, reached with a generated password. */
export class EmbeddedPostgres {
  private readonly data: string;
  private readonly passwordFile: string;

  constructor(private readonly options: EmbeddedPostgresOptions) {
    this.data = join(options.directory, 'data');
    this.passwordFile = join(options.directory, 'password');
  }

  /** With the password; never log it. The server must have been initialised. */
  get url(): string {
    const { host, port, database } = this.options;
    return `postgresql://${USER}:${readFileSync(this.passwordFile, 'utf8').trim()}@${host}:${port}/${database}`;
  }

  /** Initialises it where that was not done, and answers when it accepts connections. Returns the pid. */
  async start(): Promise<number> {
    await this.initialise();
    const deadline = Date.now() + READY_TIMEOUT_MS;
    for (let launches = 0; ;) {
      const running = this.pid();
      if (running === undefined) {
        await this.clearAway();
        launches += 1;
      }
      const pid = running ?? this.launch();
      const problem = await this.untilReady(pid, deadline);
      if (problem === undefined) return pid;
      // One that was found may have been about to end, and one that was started may have met a last child of a killed one.
      if (alive(pid) || launches === LAUNCHES_MAX) throw new Error(`The event store's server did not start (${problem}). See ${this.options.logFile}.`);
      await delay(RELAUNCH_DELAY_MS);
    }
  }

  /** Clean stop; SIGKILL past the limit. */
  async stop(timeoutMs = 20_000): Promise<void> {
    const pid = this.pid();
    if (pid === undefined) return;
    send('SIGINT', pid);
    if (!(await gone(pid, timeoutMs))) await this.kill();
  }

  /** kill -9 of the postmaster and its children. */
  async kill(): Promise<void> {
    const pid = this.pid();
    if (pid === undefined) return;
    // Each child leads a process group of its own, and a new server refuses to start while one of them lives.
    const all = [pid, ...childrenOf(pid)];
    for (const each of all) send('SIGKILL', each);
    await Promise.all(all.map((each) => gone(each, KILLED_TIMEOUT_MS)));
  }

  /** Pid of the server that runs on this data directory. */
  pid(): number | undefined {
    const pid = pidIn(join(this.data, PID_FILE));
    // A killed server leaves its file, and its pid may be somebody else's by now.
    return Number.isInteger(pid) && hasArgument(pid, this.data) && alive(pid) ? pid : undefined;
  }

  /** What a killed server leaves: children that hold its memory, and a file with a pid that may be somebody else's by now. */
  private async clearAway(): Promise<void> {
    // Children work in the data directory; unlike the postmaster, they do not name it.
    const orphans = processesIn(this.data).filter((pid) => !hasArgument(pid, this.data));
    for (const orphan of orphans) send('SIGKILL', orphan);
    await Promise.all(orphans.map((orphan) => gone(orphan, KILLED_TIMEOUT_MS)));
    const file = join(this.data, PID_FILE);
    // PostgreSQL takes any process of its user for the server, and even a killed one that its parent has not looked after yet.
    if (this.pid() === undefined && existsSync(`/proc/${pidIn(file)}`)) rmSync(file, { force: true });
  }

  private async initialise(): Promise<void> {
    if (existsSync(join(this.data, 'PG_VERSION'))) return;
    const { directory, programs } = this.options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.give(directory);
    const unfinished = `${this.data}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(this.passwordFile)) writeFileSync(this.passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
    this.give(this.passwordFile);
    await promisify(execFile)(
      join(programs, 'initdb'),
      [
        '-D',
        unfinished,
        '--username',
        USER,
        `--pwfile=${this.passwordFile}`,
        '--auth',
        'scram-sha-256',
        '--encoding',
        'UTF8',
        '--locale',
        'C',
        '--data-checksums',
        '--no-instructions',
      ],
      { timeout: INITDB_TIMEOUT_MS, cwd: directory, env: environment(), ...this.options.runAs },
    );
    renameSync(unfinished, this.data);
  }

  private launch(): number {
    const { programs, host, port, logFile, runAs, directory } = this.options;
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a');
    try {
      const settings = [`listen_addresses=${host}`, 'unix_socket_directories=', 'max_connections=100', 'shared_buffers=64MB', 'log_min_messages=warning'];
      const argv = ['-D', this.data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
      const child = spawn(join(programs, 'postgres'), argv, { cwd: directory, detached: true, stdio: ['ignore', log, log], env: environment(), ...runAs });
      // A program that is missing shows as a process that is gone.
      child.on('error', () => undefined);
      child.unref();
      return child.pid ?? 0;
    } finally {
      closeSync(log);
    }
  }

  /** What kept it from being ready until it ended or the time was up; nothing when it is. */
  private async untilReady(pid: number, deadline: number): Promise<string | undefined> {
    for (;;) {
      const problem = await this.ensureDatabase();
      if (problem === undefined || pid === 0 || !alive(pid) || Date.now() > deadline) return problem;
      await delay(POLL_MS);
    }
  }

  /** What keeps us from the database, which is made when it is missing. */
  private async ensureDatabase(): Promise<string | undefined> {
    const url = new URL(this.url);
    url.pathname = '/postgres';
    const client = new Client({ connectionString: url.href, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined); // The query says it.
    try {
      await client.connect();
      const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [this.options.database]);
      if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(this.options.database)}`);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await client.end().catch(() => undefined); // It may never have been open.
    }
  }

  private give(path: string): void {
    if (this.options.runAs !== undefined) chownSync(path, this.options.runAs.uid, this.options.runAs.gid);
  }
}

/** NaN when there is no such file: a server that stops in good order takes its own away. */
const pidIn = (file: string): number => {
  try {
    return Number(readFileSync(file, 'utf8').split('\n')[0]);
  } catch {
    return Number.NaN;
  }
};

/** What programs need; nothing else of our environment is a server's business. */
const environment = (): NodeJS.ProcessEnv => {
  const { PATH, LD_LIBRARY_PATH, TZ } = process.env;
  return { PATH, LD_LIBRARY_PATH, TZ, LC_ALL: 'C' };
};
