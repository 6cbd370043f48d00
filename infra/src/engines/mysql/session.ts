import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { EngineNode } from '@holdfast/domain';
import { NodeNotAnswering } from '../../engine-support/node-errors.js';
import type { Dialect, Login, Row, Session } from './dialect.js';
import { type Address, addressOf } from './role.js';

export type { Login, Row, Session } from './dialect.js';

/** Limits of one look at a server; waits have deadlines of their own around it. */
const CONNECT_TIMEOUT_MS = 3_000;
const QUERY_TIMEOUT_MS = 10_000;

export interface SessionOptions {
  readonly timeoutMs?: number;
}

/**
 * Connects to the node, lets `work` use the connection, and closes it whatever happens. Passwords travel in the protocol alone.
 *
 * @throws NodeNotAnswering when nobody listens, the server does not let anyone in yet, or the connection breaks.
 */
export const withSession = <T>(dialect: Dialect, node: EngineNode, login: Login, work: (session: Session) => Promise<T>, options: SessionOptions = {}): Promise<T> =>
  withSessionAt(dialect, node.name, addressOf(node), login, work, options);

/** As `withSession`, for a server that is known by its address alone. */
export const withSessionAt = async <T>(dialect: Dialect, name: string, { host, port }: Address, login: Login, work: (session: Session) => Promise<T>, options: SessionOptions = {}): Promise<T> => {
  let connection: Connection | undefined;
  try {
    connection = await createConnection({ host, port, ...login, connectTimeout: options.timeoutMs ?? CONNECT_TIMEOUT_MS, supportBigNumbers: true, bigNumberStrings: true, dateStrings: true, ...TEXT_ONLY });
    // A connection that breaks is reported by the query that was under way.
    connection.on('error', () => undefined);
    const open = connection;
    return await work({ dialect, nodeName: name, query: (sql, values = [], timeoutMs = options.timeoutMs ?? QUERY_TIMEOUT_MS) => ask(open, sql, values, timeoutMs) });
  } catch (error) {
    if (error instanceof NodeNotAnswering || !isConnectionProblem(error)) throw error;
    throw new NodeNotAnswering(name, `it does not answer on ${host}:${port}: ${messageOf(error)}`, errorCode(error));
  } finally {
    // Does not wait for a goodbye: a frozen server would never give it.
    connection?.destroy();
  }
};

/** Numbers of the server may be larger than ours; as texts they are what it said. */
const TEXT_ONLY = { typeCast: (field: { string(): string | null }): string | null => field.string() } as const;

const ask = async (connection: Connection, sql: string, values: readonly unknown[], timeoutMs: number): Promise<readonly Row[]> => {
  const [rows] = await connection.query<RowDataPacket[]>({ sql, timeout: timeoutMs }, [...values]);
  return Array.isArray(rows) ? rows : [];
};

const fieldOf = (error: unknown, field: 'message' | 'code'): string => {
  const value: unknown = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[field] : undefined;
  return typeof value === 'string' ? value : '';
};

/** What an error says of itself; some of the client's have an empty message and only a code. */
export const messageOf = (error: unknown): string => fieldOf(error, 'message') || fieldOf(error, 'code') || String(error);

/** The server's name of its refusal (`ER_…`), else the system's code (`ECONNREFUSED`), else empty. */
export const errorCode = (error: unknown): string => fieldOf(error, 'code');

/** "Not now", by the system, the client, and a server that is coming up or going down. */
const PASSING = [
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['PROTOCOL_CONNECTION_LOST', 'PROTOCOL_SEQUENCE_TIMEOUT'],
  ...['ER_SERVER_SHUTDOWN', 'ER_CONNECTION_KILLED', 'ER_QUERY_INTERRUPTED', 'ER_CON_COUNT_ERROR'],
];

/** True for errors that say "not now". Wrong passwords and refused statements are not among them. */
export const isConnectionProblem = (error: unknown): boolean => error instanceof NodeNotAnswering || PASSING.includes(errorCode(error)) || /closed state/.test(fieldOf(error, 'message'));
