/** What a test needs of the HTTP API, without the generated client: status, body, headers, as they are. */
export interface Answer {
  readonly status: number;
  // Tests read members of many shapes; each asserts what it uses.
  readonly body: Json;
  readonly headers: Headers;
}

export type Json = { readonly [key: string]: Json } & readonly Json[] & string & number & boolean;

/** A busy computer's, whose disk is slow: only a test's own patience. */
const REQUEST_MS = 60_000;

export class TestApi {
  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Json, headers: response.headers };
  }

  get = (path: string): Promise<Answer> => this.request('GET', path);
  post = (path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> => this.request('POST', path, body, headers);

  /** Sends a changing request, expects 202 and answers the operation's id. */
  async accepted(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<string> {
    const answer = await this.request(method, path, body, headers);
    if (answer.status !== 202) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return String(answer.body['operation']?.['id']);
  }
}

/** Calls until the answer is defined, a last time past the limit, since one call may take long; throws then with the last problem. */
export const eventually = async <T>(what: string, limitMs: number, attempt: () => Promise<T | undefined>): Promise<T> => {
  const end = Date.now() + limitMs;
  let problem: unknown;
  for (let isLast = false; !isLast; ) {
    isLast = Date.now() >= end;
    try {
      const value = await attempt();
      if (value !== undefined) return value;
    } catch (error) {
      problem = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within ${limitMs} ms. Last problem: ${String(problem)}`);
};
