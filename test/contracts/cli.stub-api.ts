// An HTTP server that answers as a test says, and the command line run against it in this process.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { run } from '@holdfast/cli';

export interface StubAnswer {
  readonly status?: number;
  readonly body?: unknown;
  /** Ends the connection instead of answering. */
  readonly broken?: boolean;
  /** Never answers. */
  readonly silent?: boolean;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  /** A person sits before it. */
  readonly terminal?: boolean;
  /** What that person types. */
  readonly typed?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export class StubApi {
  readonly seen: SeenRequest[] = [];
  private readonly routes = new Map<string, (request: SeenRequest) => StubAnswer>();
  private server: Server | undefined;
  private home = '';

  async open(): Promise<void> {
    this.home = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
    writeFileSync(join(this.home, 'admin-token'), 'hf_pat_of_a_test\n');
    const server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const url = new URL(request.url ?? '', 'http://stub');
        const seen = { method: request.method ?? '', path: url.pathname, query: url.searchParams, headers: request.headers, body };
        this.seen.push(seen);
        const answer = this.routes.get(`${seen.method} ${seen.path}`)?.(seen) ?? problem(404, 'unknown-route', 'There is no such route.');
        if (answer.silent === true) return;
        if (answer.broken === true) return void request.socket.destroy();
        response.writeHead(answer.status ?? 200, { 'content-type': (answer.status ?? 200) < 400 ? 'application/json' : 'application/problem+json' });
        response.end(JSON.stringify(answer.body ?? {}));
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
    rmSync(this.home, { recursive: true, force: true });
  }

  /** `on('GET /v1/clusters', …)`; a later one for the same route replaces it. */
  on(route: string, answer: StubAnswer | ((request: SeenRequest) => StubAnswer)): void {
    this.routes.set(route, typeof answer === 'function' ? answer : () => answer);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server?.address() as AddressInfo).port}`;
  }

  /** One command line. Its output is no terminal, unless a person sits there. */
  async holdfast(argv: readonly string[], { terminal = false, typed = '', env = {} }: Surroundings = {}): Promise<Ended> {
    const streams = { out: new Collected(terminal), err: new Collected(terminal) };
    const input = Object.assign(new PassThrough(), { isTTY: terminal });
    input.end(typed);
    const environment = { PATH: process.env['PATH'], HOLDFAST_HOME: this.home, HOLDFAST_API_URL: this.url, NO_COLOR: '1', ...env };
    const code = await run(argv, { ...streams, in: input, env: environment });
    return { code, out: streams.out.text, err: streams.err.text };
  }
}

export const problem = (status: number, code: string, detail: string, extra: object = {}): StubAnswer => ({
  status,
  body: { type: `urn:holdfast:problem:${code}`, title: code, status, code, detail, ...extra },
});

class Collected {
  text = '';
  constructor(readonly isTTY: boolean) {}
  write(text: string): void {
    this.text += text;
  }
}

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text === '' ? undefined : JSON.parse(text);
};
