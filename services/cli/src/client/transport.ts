import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Configuration } from '@holdfast/infra/configuration';
import { EXIT } from '../exit-codes.js';
import { CliFailure } from '../problem.js';

const CONNECT_MS = 3_000;
const READ_MS = 10_000;
const ATTEMPTS = 3;
const RETRY_MS = 300;

/** Fetch that knows its limits: three seconds to connect, ten to answer. Throws CliFailure with exit code 4 past them. */
export const limitedFetch =
  (apiUrl: string) =>
  async (request: Request): Promise<Response> => {
    for (let attempt = 1; ; attempt += 1) {
      await reach(apiUrl);
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), READ_MS);
      try {
        const response = await fetch(request.clone(), { signal: limit.signal });
        // The limit holds for the body too.
        return new Response(response.status === 204 ? null : await response.arrayBuffer(), { status: response.status, headers: response.headers });
      } catch (problem) {
        // The connection broke: reading again is harmless, and a change carries an Idempotency-Key.
        if (limit.signal.aborted) throw unreachable(apiUrl, `no answer within ${READ_MS / 1000} s`);
        if (attempt === ATTEMPTS) throw unreachable(apiUrl, causeOf(problem));
        await delay(RETRY_MS);
      } finally {
        clearTimeout(timer);
      }
    }
  };

/** A stream of server-sent events; only the connection and the answer's head are limited. */
export const openStream = async (apiUrl: string, path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> => {
  await reach(apiUrl);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), READ_MS);
  signal.addEventListener('abort', () => limit.abort(), { once: true });
  if (signal.aborted) limit.abort();
  try {
    return await fetch(new URL(path, apiUrl), { headers: { accept: 'text/event-stream', ...headers }, signal: limit.signal });
  } finally {
    clearTimeout(timer);
  }
};

export const unreachable = (apiUrl: string, why: string): CliFailure =>
  new CliFailure(EXIT.unreachable, { title: 'The API cannot be reached', code: 'api-unreachable', detail: `The API at ${apiUrl} cannot be reached: ${why}.` }, 'Start it: ./holdfast up   Look: ./holdfast status');

/** Node's fetch has no limit for the connection alone. */
const reach = (apiUrl: string): Promise<void> => {
  const { hostname, port, protocol } = new URL(apiUrl);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (protocol === 'https:' ? 443 : 80)), timeout: CONNECT_MS });
    const fail = (why: string): void => {
      socket.destroy();
      reject(unreachable(apiUrl, why));
    };
    socket
      .once('connect', () => {
        socket.destroy();
        resolve();
      })
      .once('timeout', () => fail(`no connection within ${CONNECT_MS / 1000} s`))
      .once('error', (problem: NodeJS.ErrnoException) => fail(problem.code === 'ECONNREFUSED' ? 'nobody listens there' : problem.message));
  });
};

const causeOf = (problem: unknown): string => {
  const cause = problem instanceof Error && problem.cause instanceof Error ? problem.cause : problem;
  return cause instanceof Error ? cause.message : String(cause);
};

/** The token of this command line; none when its file does not exist, and the API then says what it thinks of that. */
export const readToken = ({ tokenFile }: Configuration): string | undefined => {
  if (!existsSync(tokenFile)) return undefined;
  try {
    return readFileSync(tokenFile, 'utf8').trim();
  } catch (problem) {
    const detail = `The token's file ${tokenFile} cannot be read: ${problem instanceof Error ? problem.message : String(problem)}.`;
    throw new CliFailure(EXIT.refused, { title: 'No token', code: 'token-unreadable', detail }, 'Set HOLDFAST_TOKEN_FILE to a file of your own.');
  }
};
