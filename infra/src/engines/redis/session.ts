import { ClientClosedError, ClientOfflineError, ConnectionTimeoutError, createClient, DisconnectsClientError, SocketClosedUnexpectedlyError } from '@redis/client';
import type { EngineNode } from '@holdfast/domain';
import { NodeNotAnswering } from '../../engine-support/node-errors.js';

/** Limits of one look at a server; waits have deadlines of their own around it. */
const CONNECT_TIMEOUT_MS = 3_000;
const COMMAND_TIMEOUT_MS = 10_000;

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** host and port of a server. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface SessionOptions {
  readonly connectTimeoutMs?: number;
  readonly commandTimeoutMs?: number;
}

/** One open connection. */
export interface Session {
  /** Sends one command and answers its reply: texts, numbers, null or lists of these. Errors carry the server's words. */
  ask(...command: readonly string[]): Promise<unknown>;
  /** A reply that is a text. */
  text(...command: readonly string[]): Promise<string>;
}

export const addressOf = (node: EngineNode): Address => ({ host: node.machine.address, port: node.port });

/**
 * Connects to the node, lets `work` use the connection, and closes it whatever happens. Passwords travel in the protocol alone.
 *
 * @throws NodeNotAnswering when nobody listens, the server does not let anyone in yet, or the connection breaks.
 */
export const withSession = <T>(node: EngineNode, login: Login, work: (session: Session) => Promise<T>, options: SessionOptions = {}): Promise<T> =>
  withSessionAt(node.name, addressOf(node), login, work, options);

/** As `withSession`, for a server that is known by its address alone. */
export const withSessionAt = async <T>(name: string, { host, port }: Address, login: Login, work: (session: Session) => Promise<T>, options: SessionOptions = {}): Promise<T> => {
  const connectTimeout = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const client = createClient({
    username: login.user,
    password: login.password,
    RESP: 2,
    // One look is one connection: who asks again decides so himself.
    socket: { host, port, connectTimeout, reconnectStrategy: false },
    disableOfflineQueue: true,
  });
  // A connection that breaks is reported by the command that was under way; without a listener it would end the process.
  client.on('error', () => undefined);
  const ask = async (command: readonly string[]): Promise<unknown> => within(options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS, client.sendCommand([...command]));
  try {
    await within(connectTimeout, client.connect());
    return await work({ ask: (...command) => ask(command), text: async (...command) => String(await ask(command)) });
  } catch (error) {
    if (error instanceof NodeNotAnswering || !isConnectionProblem(error)) throw error;
    throw new NodeNotAnswering(name, `it does not answer on ${host}:${port}: ${messageOf(error)}`, errorCode(error));
  } finally {
    // Does not wait for a goodbye: a frozen server would never give it.
    client.destroy();
  }
};

/** A server that is frozen accepts connections and answers nothing. */
class NoAnswerInTime extends Error {
  override readonly name = 'NoAnswerInTime';
}

const within = async <T>(timeoutMs: number, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswerInTime(`no answer in ${timeoutMs} ms`)), timeoutMs);
  });
  // Closed below when the limit wins; its own rejection is of no interest then.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
};

/** What an error says of itself; system errors may come from another realm than ours, so they are not asked for their class. */
const fieldOf = (error: unknown, field: 'message' | 'code' | 'name'): string => {
  const value: unknown = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[field] : undefined;
  return typeof value === 'string' ? value : '';
};

export const messageOf = (error: unknown): string => fieldOf(error, 'message') || String(error);

/** The system's code (`ECONNREFUSED`), else the word that a server's error begins with (`READONLY`), else empty. */
export const errorCode = (error: unknown): string => fieldOf(error, 'code') || (/^-?([A-Z]{3,})\b/.exec(messageOf(error))?.[1] ?? '');

const SYSTEM_CODES = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'];
/** @redis/client's own errors for a connection that is not there any more or was not made in time. They have no names of their own. */
const CLIENT_ERRORS = [SocketClosedUnexpectedlyError, ConnectionTimeoutError, ClientClosedError, ClientOfflineError, DisconnectsClientError];

/** True for errors that say "not now". Wrong passwords and refused commands are not among them. */
export const isConnectionProblem = (error: unknown): boolean =>
  error instanceof NodeNotAnswering || error instanceof NoAnswerInTime || SYSTEM_CODES.includes(errorCode(error)) || CLIENT_ERRORS.some((known) => error instanceof known);
