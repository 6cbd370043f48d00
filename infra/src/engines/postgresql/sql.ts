import { Socket } from 'node:net';
import pg from 'pg';
import type { EngineNode } from '@holdfast/domain';
import { NodeNotAnswering } from '../../engine-support/node-errors.js';

/** Limits of one look at a server; waits have deadlines of their own around it. */
const CONNECT_TIMEOUT_MS = 3_000;
const QUERY_TIMEOUT_MS = 30_000;

/** Whom to connect as. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly database?: string;
}

export type Row = Readonly<Record<string, unknown>>;

/** One open connection. */
export interface Session {
  /** Rows of one statement. Values go as parameters, names through `quoteIdentifier`. */
  query<R extends Row = Row>(sql: string, values?: readonly unknown[]): Promise<R[]>;
}

export interface ConnectOptions {
  readonly connectTimeoutMs?: number;
  readonly queryTimeoutMs?: number;
}

/** SQLSTATE of a server's error, else the system's code (`ECONNREFUSED`), else empty. */
export const errorCode = (error: unknown): string => (typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '');

/** `the database system is starting up`, `… is shutting down`: there is a server, and it will answer in a while. */
export const CANNOT_CONNECT_NOW = '57P03';

export const SQLSTATE = { undefinedObject: '42704', duplicateObject: '42710', duplicateDatabase: '42P04', objectInUse: '55006' } as const;

export const quoteIdentifier = (name: string): string => pg.escapeIdentifier(name);
export const quoteLiteral = (text: string): string => pg.escapeLiteral(text);

/**
 * Opens a connection to the node, lets `work` use it, and closes it whatever happens. Without a socket left open, a node that
 * is going away never keeps the control plane waiting.
 */
export const withSession = async <T>(node: EngineNode, login: Login, work: (session: Session) => Promise<T>, options: ConnectOptions = {}): Promise<T> => {
  const socket = new Socket();
  const client = new pg.Client({
    stream: () => socket,
    host: node.machine.address,
    port: node.port,
    user: login.user,
    password: login.password,
    database: login.database ?? 'postgres',
    application_name: 'holdfast',
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    query_timeout: options.queryTimeoutMs ?? QUERY_TIMEOUT_MS,
    ssl: false,
  });
  // A connection that breaks between two statements is reported by the next statement; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work({
      query: async <R extends Row>(sql: string, values?: readonly unknown[]) =>
        (await client.query(values === undefined ? { text: sql } : { text: sql, values: [...values] })).rows as R[],
    });
  } catch (error) {
    if (error instanceof NodeNotAnswering || !isConnectionProblem(error)) throw error;
    throw new NodeNotAnswering(node.name, `it does not answer on ${node.machine.address}:${node.port}: ${messageOf(error)}`, errorCode(error));
  } finally {
    const ended = client.end();
    // Says goodbye, and does not wait for the answer: a frozen server would never give it.
    socket.destroySoon();
    await ended;
  }
};

/** The first row of a statement that always has one. */
export const oneRow = async <R extends Row>(session: Session, sql: string, values?: readonly unknown[]): Promise<R> => {
  const [row] = await session.query<R>(sql, values);
  if (!row) throw new Error(`No row from: ${sql}`);
  return row;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** True for errors that say "not now": nobody listens yet, or the connection broke. Wrong passwords and bad SQL are not among them. */
export const isConnectionProblem = (error: unknown): boolean => {
  if (error instanceof NodeNotAnswering) return true;
  const code = errorCode(error);
  if (code === CANNOT_CONNECT_NOW || code.startsWith('57P') || code.startsWith('08')) return true;
  if (['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)) return true;
  // pg reports its own time limits and broken connections by text only.
  return /Connection terminated|Query read timeout|timeout expired|Client has encountered a connection error/.test(messageOf(error));
};

/** Settings of the driver that take effect by reload. */
export const OWNED_RELOADABLE: readonly string[] = ['primary_conninfo', 'primary_slot_name', 'synchronous_standby_names'];

/** Takes out what ALTER SYSTEM set, where it would win over the driver's files. */
export const resetOwnedSettings = async (session: Session, names: readonly string[]): Promise<void> => {
  const overridden = await session.query<{ name: string }>(
    `select distinct name from pg_file_settings where name = any($1) and sourcefile like '%/postgresql.auto.conf'`,
    [names],
  );
  for (const { name } of overridden) await session.query(`alter system reset ${quoteIdentifier(name)}`);
};
