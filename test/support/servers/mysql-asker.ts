import { createConnection, type Connection, type ConnectionOptions, type RowDataPacket } from 'mysql2/promise';
import { LOGINS, type ClusterNode } from '@holdfast/domain';
import type { RowConnection } from '../../../services/cli/src/demo/row-connection.js';
import { addressOf, WRITE_MS, type ServerAsker, type ServerSays, type ServerTarget } from './server-asker.js';

/** A server that does not answer at all within this counts as gone. */
const ANSWER_MS = 2_000;

const open = async (options: ConnectionOptions): Promise<Connection> => {
  const connection = await createConnection({ connectTimeout: ANSWER_MS, ...options });
  connection.on('error', () => undefined); // The query says it.
  return connection;
};

/** Rows by column name in lower case: the two dialects write the same columns in different case. */
const rowsOf = async (connection: Connection, sql: string, values: readonly (string | number)[] = []): Promise<Record<string, unknown>[]> => {
  const [rows] = await connection.query<RowDataPacket[]>({ sql, timeout: ANSWER_MS, values: [...values] });
  return rows.map((row) => Object.fromEntries(Object.entries(row as Record<string, unknown>).map(([name, value]) => [name.toLowerCase(), value])));
};

const using = async <T>(options: ConnectionOptions, work: (connection: Connection) => Promise<T>): Promise<T> => {
  const connection = await open(options);
  try {
    return await work(connection);
  } finally {
    connection.destroy();
  }
};

const onServer = <T>(target: ServerTarget, work: (connection: Connection) => Promise<T>, database?: string): Promise<T> =>
  using({ ...addressOf(target), ...target.superuser, ...(database === undefined ? {} : { database }) }, work);

const isMariadb = async (connection: Connection): Promise<boolean> => String((await rowsOf(connection, 'select version() as version'))[0]?.['version']).includes('MariaDB');

/** Who refuses writes is a replica, whatever it was told to follow. */
const roleOf = async (connection: Connection): Promise<ServerSays['role']> => {
  const [row] = await rowsOf(connection, 'select @@global.read_only as locked');
  return Number(row?.['locked']) === 0 ? 'primary' : 'replica';
};

/** Replicas register with the address that they report. */
const feedsOf = async (connection: Connection, members: readonly ClusterNode[]): Promise<string[]> => {
  const rows = await rowsOf(connection, (await isMariadb(connection)) ? 'show slave hosts' : 'show replicas');
  return rows
    .map(({ host, port }) => members.find((node) => node.address === host && node.port === Number(port))?.name ?? `${String(host)}:${String(port)}`)
    .sort();
};

const ask = (target: ServerTarget): Promise<ServerSays> =>
  // These servers keep their log by age and size, and nothing for one replica.
  onServer(target, async (connection) => ({ role: await roleOf(connection), feeds: await feedsOf(connection, target.members), keptForNobody: [] }));

const connect = async (url: string, table: string): Promise<RowConnection> => {
  const connection = await open({ uri: url });
  return {
    prepare: async () => {
      await connection.query({ sql: `create table if not exists ${table} (id bigint primary key) engine=InnoDB`, timeout: ANSWER_MS });
      return Number((await rowsOf(connection, `select coalesce(max(id), 0) + 1 as next from ${table}`))[0]?.['next']);
    },
    write: async (id) => void (await connection.query({ sql: `insert into ${table} (id) values (?)`, timeout: WRITE_MS, values: [id] })),
    idsFrom: async (first) => (await rowsOf(connection, `select id from ${table} where id >= ?`, [first])).map((row) => String(row['id'])),
    close: () => connection.destroy(),
  };
};

export const MYSQL_ASKER: ServerAsker = {
  ask,
  roleBehind: (url) => using({ uri: url }, roleOf),
  connect,
  countRows: (target, table) =>
    onServer(target, async (connection) => Number((await rowsOf(connection, `select count(*) as count from ${table}`))[0]?.['count']), LOGINS.application.database),
};
