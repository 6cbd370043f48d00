import { randomUUID } from 'node:crypto';
import createClient, { type Client } from 'openapi-fetch';
import type { paths } from '../api/schema.generated.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { CliFailure, type Problem } from '../problem.js';
import { limitedFetch, openStream, readToken } from './transport.js';

type Called<Data> = Promise<{ data?: Data; error?: unknown; response: Response }>;

/** The HTTP API with this command line's token. Every call of it ends within seconds, with an answer or a CliFailure. */
export class HoldfastApi {
  readonly url: string;
  readonly http: Client<paths>;
  private readonly headers: Readonly<Record<string, string>>;

  /** Throws ConfigurationError or CliFailure. */
  constructor(context: CliContext) {
    const configuration = context.configuration();
    const token = readToken(configuration);
    this.url = configuration.api.url;
    this.headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.http = createClient<paths>({ baseUrl: this.url, fetch: limitedFetch(this.url), headers: this.headers });
    // A change that is sent again because its answer got lost must not happen twice.
    this.http.use({
      onRequest: ({ request }) => {
        if (request.method !== 'GET' && !request.headers.has('idempotency-key')) request.headers.set('idempotency-key', randomUUID());
        return request;
      },
    });
  }

  /** The body of an answer that is no refusal. */
  async answer<Data>(call: Called<Data>): Promise<Data> {
    const { data, error, response } = await call;
    if (response.ok) return data as Data;
    throw refusal(response.status, error);
  }

  /** The events of a stream, live. */
  events(query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> {
    return openStream(this.url, `/v1/events?${new URLSearchParams(query).toString()}`, this.headers, signal);
  }
}

/** The API's problem as a failure of the command. */
export const refusal = (status: number, body: unknown): CliFailure => {
  const problem: Problem = isProblem(body) ? body : { title: 'The API answered what it should not', status, code: 'unexpected-answer', detail: `The API answered ${status} without a reason.` };
  return new CliFailure(exitCodeOf(status), problem, nextOf(status, problem));
};

const exitCodeOf = (status: number): ExitCode => {
  if (status === 502 || status === 503 || status === 504) return EXIT.unreachable;
  return status >= 500 ? EXIT.failed : EXIT.refused;
};

const nextOf = (status: number, problem: Problem): string | undefined => {
  if (status === 401) return 'Make a token again: ./holdfast up   Or set HOLDFAST_TOKEN_FILE.';
  if (status >= 500) return 'See: ./holdfast status   ./holdfast logs api';
  if (problem.operationId !== undefined) return `The running one: ./holdfast operations show ${problem.operationId}`;
  if (status === 412) return 'Look at the plan again: --plan-only';
  return undefined;
};

const isProblem = (body: unknown): body is Problem => typeof body === 'object' && body !== null && 'code' in body && 'title' in body && typeof body.code === 'string';
