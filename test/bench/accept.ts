import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { ensureAdminToken } from '../../services/cli/src/stack/admin-token.js';
import { eventually } from '../support/api-client.js';
import { BareStack } from './bare-stack.js';
import { RUNS_DEFAULT, using, type BenchContext, type Benchmark } from './benchmark.js';
import { median, quantile, type Figure } from './figures.js';
import { appendServingCluster, type SyntheticCluster } from './synthetic-cluster.js';

const CLIENTS = 20;
const REQUESTS_PER_CLIENT = 50;
/** An API that has just started compiles its hot paths for its first thousands of requests. */
const WARM_UP_REQUESTS = 150;
const P99_MS_MAX = 25;
const READY_MS = 30_000;

/** The first keeps the machine's cores busy all the time: what a request waits for is mostly the nineteen others. */
const LOADS = [
  { everyMs: 0, what: `${CLIENTS} clients without pauses`, goal: true },
  { everyMs: 100, what: `${CLIENTS} clients, each 10 requests/s`, goal: false },
] as const;

interface Accepted {
  readonly operationId: string;
  readonly durationMs: number;
}

/** One connection that is kept open, as a client library does. */
class HttpClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** From the request's first byte to the answer's last. Throws unless it was accepted. */
  addNode(cluster: SyntheticCluster): Promise<Accepted> {
    const body = JSON.stringify({ reason: 'A benchmark.' });
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const start = performance.now();
      const sent = request(`${this.url}/v1/clusters/${cluster.name}/nodes`, { method: 'POST', agent: this.agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.once('error', reject).once('end', () => {
          const durationMs = performance.now() - start;
          if (response.statusCode !== 202) return reject(new Error(`${response.statusCode} ${text}`));
          resolve({ durationMs, operationId: String((JSON.parse(text) as { operation: { id: string } }).operation.id) });
        });
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/**
 * One request after the other, each on another cluster: what frees a cluster's lock again is a worker's work, and would be measured
 * with it if it were done meanwhile.
 * @param everyMs from the beginning of one request to that of the next; 0: without a pause
 */
const load = async (client: HttpClient, clusters: readonly SyntheticCluster[], everyMs: number): Promise<number[]> => {
  const durations: number[] = [];
  // Clients do not begin in step.
  let next = performance.now() + Math.random() * everyMs;
  for (const cluster of clusters) {
    if (everyMs > 0) await delay(Math.max(0, next - performance.now()));
    next += everyMs;
    durations.push((await client.addNode(cluster)).durationMs);
  }
  return durations;
};

/** So many clusters for each client, which nobody has asked for before. */
const clustersOf = async (store: PostgresEventStore, round: string, perClient: number): Promise<SyntheticCluster[][]> => {
  const clusters: SyntheticCluster[][] = [];
  for (let client = 0; client < CLIENTS; client += 1) {
    clusters.push(await Promise.all(Array.from({ length: perClient }, (_, index) => appendServingCluster(store, `bench-${round}-${client}-${index}`))));
  }
  return clusters;
};

const measure = async (stack: BareStack, store: PostgresEventStore, { runs = RUNS_DEFAULT, say }: BenchContext): Promise<Figure[]> => {
  const { api, tokenFile } = stack.configuration;
  const token = readFileSync(tokenFile, 'utf8').trim();
  const unknown = (): Promise<Response> => fetch(`${api.url}/v1/clusters/nobody`, { headers: { authorization: `Bearer ${token}` } });
  await eventually('The API reaches its event store', READY_MS, async () => ((await unknown()).status === 404 ? true : undefined));
  const clients = Array.from({ length: CLIENTS }, () => new HttpClient(api.url, token));
  const figures: Figure[] = [];
  try {
    await oneRound(clients, await clustersOf(store, 'warm-up', WARM_UP_REQUESTS), 0);
    for (const { everyMs, what, goal } of LOADS) {
      const rounds: { p50: number; p99: number }[] = [];
      for (let round = 1; round <= runs; round += 1) {
        const durations = await oneRound(clients, await clustersOf(store, `${everyMs}-${round}`, REQUESTS_PER_CLIENT), everyMs);
        const found = { p50: quantile(durations, 0.5), p99: quantile(durations, 0.99) };
        rounds.push(found);
        say(`${what}, round ${round}: ${durations.length} requests, p50 ${found.p50.toFixed(1)} ms, p99 ${found.p99.toFixed(1)} ms`);
      }
      figures.push(...figuresOf(rounds, what, goal));
    }
  } finally {
    for (const client of clients) client.close();
  }
  return figures;
};

const oneRound = async (clients: readonly HttpClient[], clusters: readonly SyntheticCluster[][], everyMs: number): Promise<number[]> =>
  (await Promise.all(clients.map((client, index) => load(client, clusters[index] ?? [], everyMs)))).flat();

const figuresOf = (rounds: readonly { p50: number; p99: number }[], what: string, goal: boolean): Figure[] => {
  const [p50s, p99s] = [rounds.map(({ p50 }) => p50), rounds.map(({ p99 }) => p99)];
  const common = { bench: 'accept', unit: 'ms', runs: rounds.length } as const;
  const [p50, p99] = [median(p50s), median(p99s)];
  return [
    { ...common, what: `p50, ${what}`, ours: p50, samples: { ours: p50s } },
    { ...common, what: `p99, ${what}`, ours: p99, samples: { ours: p99s }, ...(goal ? { goal: `≤ ${P99_MS_MAX} ms`, met: p99 <= P99_MS_MAX } : {}) },
  ];
};

export const accept: Benchmark = {
  name: 'accept',
  measures: `POST …/nodes until it is accepted and stored, ${CLIENTS} concurrent clients on different clusters; API and event store as processes of their own, Temporal away.`,
  run: (context) =>
    using(() => BareStack.prepare(['event-store', 'api']), (stack) => stack.remove(), async (stack) => {
      await stack.stack.startPart('event-store');
      await ensureAdminToken(stack.stack.places);
      await stack.start();
      const store = PostgresEventStore.connect(stack.configuration.eventStoreUrl);
      try {
        await store.migrate();
        return await measure(stack, store, context);
      } finally {
        await store.close();
      }
    }),
};
