import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import type { EngineNode, Machine } from '@holdfast/domain';
import { PostgresqlEngine, type PostgresqlFlavour } from '@holdfast/infra/engines/postgresql';
import { credentialsOf, type EngineHarness, type RowClient } from './engine.harness.js';

export const POSTGRESQL_CREDENTIALS = credentialsOf('postgres');

/** Small enough for three servers beside other tests. */
const MEMORY_BYTES = 64 * 1024 * 1024;
const PORT = 5432;

export const connectTo = async (node: EngineNode, login: { user: string; password: string; database?: string }): Promise<pg.Client> => {
  const client = new pg.Client({
    host: node.machine.address,
    port: node.port,
    database: 'postgres',
    connectionTimeoutMillis: 30_000,
    ...login,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

const rowsOf = (client: pg.Client): RowClient => ({
  prepare: async () => void (await client.query('create table if not exists row_written (id bigint primary key)')),
  write: async (id) => void (await client.query('insert into row_written values ($1)', [id])),
  read: async () => (await client.query<{ id: string }>('select id from row_written order by id')).rows.map((row) => Number(row.id)),
  close: () => client.end(),
});

const parentOf = (pid: string): number | undefined => {
  try {
    return Number(/^\d+ \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    // It ended between the listing and the look.
    return undefined;
  }
};

const mainProcessOf = async (machine: Machine): Promise<number> => Number((await machine.readFile('pgdata/postmaster.pid')).split('\n')[0]);

/** They are in sessions of their own. */
const childrenOf = (main: number): number[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === main).map(Number);

const signalAll = (pids: readonly number[], signal: 'SIGSTOP' | 'SIGCONT'): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
};

/** PostgreSQL on machines whose processes run on this computer. */
export const postgresqlHarness = (
  version: string,
  createMachine: (name: string, port: number) => Promise<Machine>,
  destroy: () => Promise<void>,
  /** Whether the machines have a pg_rewind of this major. */
  rewinds = true,
  flavour: PostgresqlFlavour = 'postgresql',
): EngineHarness => {
  const engine = new PostgresqlEngine({ flavour });
  return {
    engine,
    credentials: POSTGRESQL_CREDENTIALS,
    createNode: async (name) => ({
      machine: await createMachine(name, PORT),
      name,
      port: PORT,
      engineVersion: version,
      memoryBytes: MEMORY_BYTES,
    }),
    connect: async (node) => rowsOf(await connectTo(node, POSTGRESQL_CREDENTIALS.application)),
    reservationsOn: async (node) => {
      const client = await connectTo(node, POSTGRESQL_CREDENTIALS.superuser);
      const { rows } = await client.query<{ slot_name: string }>('select slot_name from pg_replication_slots where not temporary');
      await client.end();
      return rows.map((row) => row.slot_name);
    },
    freeze: async (node) => {
      const main = await mainProcessOf(node.machine);
      // First the one that would make others meanwhile.
      signalAll([main], 'SIGSTOP');
      const children = childrenOf(main);
      signalAll(children, 'SIGSTOP');
      return async () => signalAll([main, ...children], 'SIGCONT');
    },
    wayAfterDivergence: rewinds ? 'rewind' : 'clone',
    // A primary that was copied anew has the log only from its copy on, and nothing for one that was away before.
    wayAfterAbsence: rewinds ? 'as-is' : 'clone',
    makeRewindImpossible: async ({ machine }) => {
      await machine.removePath('pgdata/pg_wal');
      await machine.run({ argv: ['mkdir', '-m', '700', `${machine.dataDirectory}/pgdata/pg_wal`], timeoutMs: 10_000 });
    },
    midCopyMs: 60,
    leaveHalfCopy: async ({ machine }) => {
      await machine.run({ argv: ['mkdir', '-p', `${machine.dataDirectory}/pgdata.unfinished/base`], timeoutMs: 10_000 });
      await machine.writeFile('pgdata.unfinished/PG_VERSION', 'half', { mode: 0o600 });
    },
    destroy,
  };
};
