import { Client, type ClientConfig } from 'pg';
import { LOGINS } from '@holdfast/domain';
import { connectToPostgresql } from '../../../services/cli/src/demo/postgresql-rows.js';
import { addressOf, WRITE_MS, type ServerAsker, type ServerSays, type ServerTarget } from './server-asker.js';

const withClient = async <T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionTimeoutMillis: 5_000, ...config });
  client.on('error', () => undefined); // The query says it.
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/** A session as superuser on one node. */
export const onServer = <T>(target: ServerTarget, work: (client: Client) => Promise<T>): Promise<T> =>
  withClient({ ...addressOf(target), ...target.superuser, database: LOGINS.application.database }, work);

const roleOf = async (client: Client): Promise<ServerSays['role']> => {
  const { rows } = await client.query<{ replica: boolean }>('select pg_is_in_recovery() as replica');
  return rows[0]?.replica === true ? 'replica' : 'primary';
};

const ask = (target: ServerTarget): Promise<ServerSays> =>
  onServer(target, async (client) => {
    const feeds = await client.query<{ name: string }>(`select application_name as name from pg_stat_replication where state = 'streaming' order by 1`);
    const slots = await client.query<{ name: string }>('select slot_name as name from pg_replication_slots where not active order by 1');
    return { role: await roleOf(client), feeds: feeds.rows.map((row) => row.name), keptForNobody: slots.rows.map((row) => row.name) };
  });

export const POSTGRESQL_ASKER: ServerAsker = {
  ask,
  roleBehind: (url) => withClient({ connectionString: url }, roleOf),
  connect: (url, table) => connectToPostgresql(url, table, WRITE_MS),
  countRows: (target, table) => onServer(target, async (client) => Number((await client.query<{ count: string }>(`select count(*) from ${table}`)).rows[0]?.count)),
};
