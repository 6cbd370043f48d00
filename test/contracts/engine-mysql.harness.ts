import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { EngineNode, Machine, MemberCheck } from '@holdfast/domain';
import { MARIADB, MYSQL, MysqlEngine } from '@holdfast/infra/engines/mysql';
import { credentialsOf, type EngineHarness, type RowClient } from './engine.harness.js';
import { eventually, pidLives } from './machine.harness.js';
import type { LocalHarness } from './machine.local-harness.js';

export const MYSQL_CREDENTIALS = credentialsOf();

export const SERVICE = 'mysql';
export const PORT = 3306;
/** Small enough for three servers beside other tests. */
const MEMORY_BYTES = 256 * 1024 * 1024;

export interface Client {
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  close(): void;
}

/** A plain connection, as an application has it. */
export const connectTo = async (host: string, port: number, login: { user: string; password: string; database?: string } = MYSQL_CREDENTIALS.application): Promise<Client> => {
  const { user, password, database } = login;
  const connection = await createConnection({ host, port, user, password, ...(database === undefined ? {} : { database }), connectTimeout: 30_000 });
  connection.on('error', () => undefined);
  return {
    query: async (sql, values = []) => {
      const [rows] = await connection.query<RowDataPacket[]>(sql, [...values]);
      return Array.isArray(rows) ? rows : [];
    },
    close: () => connection.destroy(),
  };
};

/** As the superuser, one after the other; answers what the last answered. */
export const inOneSession = async (node: EngineNode, statements: readonly string[]): Promise<Record<string, unknown>[]> => {
  const client = await connectTo(node.machine.address, node.port, MYSQL_CREDENTIALS.superuser);
  try {
    let rows: Record<string, unknown>[] = [];
    for (const sql of statements) rows = await client.query(sql);
    return rows;
  } finally {
    client.close();
  }
};

/** @param locally keeps what follows in the session from the other members */
export const hindrancesOf = ({ account }: MemberCheck, locally: string): string[][] => [
  ['SET GLOBAL require_secure_transport = ON', 'DO SLEEP(4)', 'SET GLOBAL require_secure_transport = OFF'],
  [locally, `ALTER USER ${account} ACCOUNT LOCK`],
  [locally, `DROP USER ${account}`],
];

/** One question as the superuser. */
export const ask = (node: EngineNode, sql: string): Promise<Record<string, unknown>[]> => inOneSession(node, [sql]);

/** As the application: which server answers there. */
export const addressBehind = async (host: string, port: number): Promise<string> => {
  const client = await connectTo(host, port);
  try {
    return String((await client.query('SELECT @@global.bind_address AS address'))[0]?.['address']);
  } finally {
    client.close();
  }
};

export const rowsOf = ({ query, close }: Client): RowClient => ({
  prepare: async () => void (await query('CREATE TABLE IF NOT EXISTS row_written (id BIGINT PRIMARY KEY)')),
  write: async (id) => void (await query('INSERT INTO row_written VALUES (?)', [id])),
  read: async () => (await query('SELECT id FROM row_written ORDER BY id')).map((row) => Number(row['id'])),
  close: async () => close(),
});

const DIALECTS = { mariadb: MARIADB, mysql: MYSQL } as const;

/** One of the family on machines whose processes run on this computer. */
export const mysqlHarness = (software: 'mariadb' | 'mysql', version: string, createMachine: (name: string, port: number) => Promise<Machine>, destroy: () => Promise<void>): EngineHarness => ({
  engine: new MysqlEngine(DIALECTS[software]),
  credentials: MYSQL_CREDENTIALS,
  createNode: async (name) => ({ machine: await createMachine(name, PORT), name, port: PORT, engineVersion: version, memoryBytes: MEMORY_BYTES }),
  connect: async (node) => rowsOf(await connectTo(node.machine.address, node.port)),
  reservationsOn: async (node) => (await ask(node, "SELECT User AS user FROM mysql.user WHERE User LIKE 'replica:%'")).map((row) => String(row['user'])),
  freeze: async (node) => {
    const { pid } = await node.machine.serviceStatus(SERVICE);
    if (pid === undefined) throw new Error(`${node.name} does not run.`);
    process.kill(pid, 'SIGSTOP');
    return async () => {
      try {
        process.kill(pid, 'SIGCONT');
      } catch (problem) {
        // It was ended by force meanwhile.
        if ((problem as NodeJS.ErrnoException).code !== 'ESRCH') throw problem;
      }
    };
  },
  wayAfterDivergence: 'clone',
  // In the contract its upstream was copied anew meanwhile, and a copy has no log of before.
  wayAfterAbsence: 'clone',
  makeRewindImpossible: async () => undefined,
  midCopyMs: 60,
  leaveHalfCopy: async ({ machine }) => {
    await machine.writeFile('data-unfinished', '');
    await machine.run({ argv: ['mkdir', '-p', `${machine.dataDirectory}/data`, `${machine.dataDirectory}/copy-scratch/data`], timeoutMs: 10_000 });
    await machine.writeFile('data/ibdata1', 'half');
    await machine.writeFile('copy.mbstream', 'half');
    await machine.writeFile('copy-scratch/data/ibdata1', 'half');
  },
  destroy,
});

/** As when a machine loses its power: nothing is told, and nothing starts the server again. */
export const cutPower = async (local: LocalHarness, node: EngineNode): Promise<void> => {
  const { pid } = await node.machine.serviceStatus(SERVICE);
  if (pid === undefined) throw new Error(`${node.name} does not run.`);
  await local.killSupervisor(node.machine, SERVICE);
  process.kill(pid, 'SIGKILL');
  await eventually('the server is gone', () => !pidLives(pid));
};
