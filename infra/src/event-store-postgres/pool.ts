import { Pool, type QueryConfig, type QueryResultRow } from 'pg';
import { codeOf, UNIQUE_VIOLATION } from './errors.js';

const CONNECT_TIMEOUT_MS = 2_000;
/** Nothing that the store does takes long; a statement that does is stuck. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** An open writing transaction holds back every reader of the global order. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;

/**
 * A pool whose every connection has the store's time limits. Broken idle connections are dropped silently: the next call gets another.
 * @param queryTimeoutMs after this a query is given up here, also when the server hangs; it may still have had its effect
 */
export const createPool = (url: string, maxConnections = 16, queryTimeoutMs?: number): Pool => {
  const pool = new Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: 'holdfast',
    ...(queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs }),
  });
  pool.on('error', () => undefined);
  // A connection that is lost between two queries of a transaction says so by an event, which would end the process if nobody
  // listened; the next query throws.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
};

/** As `pool.query`, but a violation of uniqueness, which is an answer like any other here, does not cost the connection. */
export const query = async <Row extends QueryResultRow>(pool: Pool, config: QueryConfig): Promise<Row[]> => {
  const client = await pool.connect();
  let broken = false;
  try {
    return (await client.query<Row>(config)).rows;
  } catch (error) {
    broken = codeOf(error) !== UNIQUE_VIOLATION;
    throw error;
  } finally {
    client.release(broken);
  }
};
