import pg from 'pg';
import type { RowConnection } from './row-connection.js';

/** A server that does not answer at all within this counts as gone, and the client connects again. */
const ANSWER_MS = 2_000;

/**
 * @param table letters, digits and underscores
 * @param answerMs how long an answer may take before the server counts as gone; default 2000
 */
export const connectToPostgresql = async (url: string, table: string, answerMs = ANSWER_MS): Promise<RowConnection> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: answerMs, query_timeout: answerMs, application_name: 'holdfast-write-gap' });
  // A connection that breaks between two writes is met by the next write.
  client.on('error', () => undefined);
  await client.connect();
  return {
    prepare: async () => {
      await client.query(`create table if not exists ${table} (id bigint primary key, written_at timestamptz not null default clock_timestamp())`);
      const { rows } = await client.query<{ next: string }>(`select coalesce(max(id), 0) + 1 as next from ${table}`);
      return Number(rows[0]?.next ?? 1);
    },
    write: async (id) => void (await client.query({ name: 'write', text: `insert into ${table} (id) values ($1)`, values: [id] })),
    idsFrom: async (first) => (await client.query<{ id: string }>(`select id from ${table} where id >= $1`, [first])).rows.map((row) => row.id),
    // One that is broken already says so.
    close: () => void client.end().catch(() => undefined),
  };
};
