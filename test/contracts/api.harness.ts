import { createApi, TemporalUnavailable, type ApiDependencies } from '@holdfast/api';
import { SecretNotFound } from '@holdfast/domain';
import { ApiTokens } from '@holdfast/infra/access';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { PostgresReadModels } from '@holdfast/infra/read-models';
import { migrateReadModels, runProjector } from '@holdfast/projector';
import type { OperationWorkflowInput } from '@holdfast/workflows/contracts';
import { pino } from 'pino';
import { startEventStoreServer, type EventStoreServer } from '../support/event-store-server.js';
import { ClusterFacts } from './api.cluster-facts.js';

/** On a slow disk the read models may take longer than the API waits for them. */
const SEEN_MS = 30_000;

export type App = Awaited<ReturnType<typeof createApi>>;
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';

export interface Reply {
  readonly status: number;
  // Tests read members of many shapes; each asserts what it uses.
  readonly body: ReturnType<typeof JSON.parse>;
  readonly headers: Record<string, string | string[] | number | undefined>;
}

/** What the local machines of these tests can get. */
export const AVAILABLE_VERSIONS = ['18', '15'];
export const PASSWORD = 'p@ss/word';

/** The API on a real event store, without Temporal: its door is closed, and starts are only counted. */
export class ApiHarness {
  readonly facts: ClusterFacts;
  private readonly projector = new AbortController();
  private projecting: Promise<void> = Promise.resolve();

  private constructor(
    readonly app: App,
    readonly dependencies: ApiDependencies,
    readonly server: EventStoreServer,
    readonly store: PostgresEventStore,
    readonly tokens: ApiTokens,
    readonly token: string,
    /** What was handed to Temporal. */
    readonly started: readonly OperationWorkflowInput[],
    /** Lines of JSON. */
    readonly log: readonly string[],
  ) {
    this.facts = new ClusterFacts(store);
  }

  static async open(changes: Partial<ApiDependencies> = {}): Promise<ApiHarness> {
    const server = await startEventStoreServer();
    const store = PostgresEventStore.connect(server.url);
    try {
      return await ApiHarness.openOn(server, store, changes);
    } catch (error) {
      await store.close();
      await server.stop();
      throw error;
    }
  }

  private static async openOn(server: EventStoreServer, store: PostgresEventStore, changes: Partial<ApiDependencies>): Promise<ApiHarness> {
    const tokens = new ApiTokens(store.pool);
    await Promise.all([store.migrate(), tokens.migrate(), tokens.migrate(), migrateReadModels(store.pool)]);
    const { token } = await tokens.createToken({ actor: 'token:admin' });
    const started: OperationWorkflowInput[] = [];
    const log: string[] = [];
    const dependencies: ApiDependencies = {
      ...closedOutside(store, tokens),
      logger: pino({ level: 'info' }, { write: (line: string) => void log.push(line) }),
      startWorkflow: async (input) => void started.push(input),
      ...changes,
    };
    return new ApiHarness(await createApi(dependencies), dependencies, server, store, tokens, token, started, log);
  }

  /** Keeps the read models up to date from now on. */
  project(): void {
    this.projecting = runProjector(this.store.pool, this.store, pino({ level: 'silent' }), this.projector.signal);
  }

  async close(): Promise<void> {
    this.projector.abort();
    await this.projecting;
    await this.app.close();
    await this.store.close();
    await this.server.stop();
  }

  /** The path stands below /v1 unless it begins with a second slash. */
  async request(method: Method, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const answer = await this.app.inject({
      method,
      url: path.startsWith('//') ? path.slice(1) : `/v1${path}`,
      headers: { authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const isJson = /json/.test(String(answer.headers['content-type'] ?? ''));
    return { status: answer.statusCode, body: isJson ? JSON.parse(answer.body) : answer.body, headers: answer.headers };
  }

  /** A list as of a position: asked for again while the read models lag, as a client does that is told to come back. */
  async getSeen(path: string): Promise<Reply> {
    const deadline = performance.now() + SEEN_MS;
    for (;;) {
      const reply = await this.get(path);
      if (reply.body.code !== 'read-model-behind' || performance.now() > deadline) return reply;
    }
  }

  get = (path: string, headers: Record<string, string> = {}): Promise<Reply> => this.request('GET', path, undefined, headers);
  post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> => this.request('POST', path, body, headers);

  /** Number of facts in the whole store: what is refused changes nothing. */
  async factCount(): Promise<number> {
    const { rows } = await this.store.pool.query<{ count: string }>('select count(*) from event_store.events');
    return Number(rows[0]?.count);
  }
}

const closedOutside = (store: PostgresEventStore, tokens: ApiTokens): Omit<ApiDependencies, 'logger' | 'startWorkflow'> => ({
  store,
  tokens,
  readModels: new PostgresReadModels(store.pool),
  secrets: {
    get: async (reference) => {
      if (!reference.endsWith('/application')) throw new SecretNotFound(reference);
      return PASSWORD;
    },
  },
  versionSources: { local: async (software: string) => (software === 'mariadb' ? ['10.11'] : AVAILABLE_VERSIONS) },
  temporal: {
    answer: async () => {
      throw new TemporalUnavailable('Temporal cannot be reached, so nothing was answered.');
    },
    check: async () => {
      throw new Error('Temporal cannot be reached.');
    },
    decode: async (payloads) => [...payloads],
    encode: async (payloads) => [...payloads],
  },
  hosts: { secrets: { put: async () => undefined, destroy: async () => undefined }, check: () => Promise.reject(new Error('There is no network.')) },
  codecOrigins: ['http://127.0.0.1:7402'],
});

/** Expects a problem document of this status and code, and answers it. */
export const expectProblem = (reply: Reply, status: number, code: string): Reply['body'] => {
  expect({ status: reply.status, code: reply.body.code, body: reply.body }).toMatchObject({ status, code });
  expect(reply.headers['content-type']).toBe('application/problem+json');
  expect(reply.body).toMatchObject({
    type: `urn:holdfast:problem:${code}`,
    title: expect.stringMatching(/^[A-Z]/),
    status,
    detail: expect.stringMatching(/\.$/),
    instance: expect.stringMatching(/^\//),
    correlationId: reply.headers['x-correlation-id'],
  });
  return reply.body;
};
