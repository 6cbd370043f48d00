import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { ensureAdminToken } from '../../services/cli/src/stack/admin-token.js';
import { eventually } from '../support/api-client.js';
import { BareStack } from './bare-stack.js';
import { RUNS_DEFAULT, using, type BenchContext, type Benchmark } from './benchmark.js';
import { median, quantile, type Figure } from './figures.js';
import { appendFailure, appendServingCluster, type SyntheticCluster } from './synthetic-cluster.js';

const CLIENTS = 20;
const REQUESTS_PER_CLIENT = 50;
/** A client goes from one of its clusters to the next, so that histories stay as long as real ones are: tens of facts, not hundreds. */
const CLUSTERS_PER_CLIENT = 5;
const WARM_UP_REQUESTS = 20;
const P99_MS_MAX = 25;
const READY_MS = 30_000;

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

/** One request after the other; the lock is freed between them, outside the measured time. */
const load = async (client: HttpClient, store: PostgresEventStore, clusters: readonly SyntheticCluster[], requests: number): Promise<number[]> => {
  const durations: number[] = [];
  for (let turn = 0; turn < requests; turn += 1) {
    const cluster = clusters[turn % clusters.length];
    if (cluster === undefined) throw new Error('A client has no cluster.');
    const { operationId, durationMs } = await client.addNode(cluster);
    durations.push(durationMs);
    await appendFailure(store, cluster.clusterId, operationId);
  }
  return durations;
};

/** The same number of clusters of its own for each client. */
const clustersOf = async (store: PostgresEventStore, round: number): Promise<SyntheticCluster[][]> =>
  Promise.all(
    Array.from({ length: CLIENTS }, (_, client) =>
      Promise.all(Array.from({ length: CLUSTERS_PER_CLIENT }, (__, index) => appendServingCluster(store, `bench-${round}-${client}-${index}`))),
    ),
  );

const measure = async (stack: BareStack, store: PostgresEventStore, { runs = RUNS_DEFAULT, say }: BenchContext): Promise<Figure[]> => {
  const { api, tokenFile } = stack.configuration;
  const token = readFileSync(tokenFile, 'utf8').trim();
  const unknown = (): Promise<Response> => fetch(`${api.url}/v1/clusters/nobody`, { headers: { authorization: `Bearer ${token}` } });
  await eventually('The API reaches its event store', READY_MS, async () => ((await unknown()).status === 404 ? true : undefined));
  const clients = Array.from({ length: CLIENTS }, () => new HttpClient(api.url, token));
  const rounds: { p50: number; p99: number }[] = [];
  try {
    const warmUp = await clustersOf(store, 0);
    await Promise.all(clients.map((client, index) => load(client, store, warmUp[index] ?? [], WARM_UP_REQUESTS)));
    for (let round = 1; round <= runs; round += 1) {
      const clusters = await clustersOf(store, round);
      const durations = (await Promise.all(clients.map((client, index) => load(client, store, clusters[index] ?? [], REQUESTS_PER_CLIENT)))).flat();
      const found = { p50: quantile(durations, 0.5), p99: quantile(durations, 0.99) };
      rounds.push(found);
      say(`round ${round}: ${durations.length} requests, p50 ${found.p50.toFixed(1)} ms, p99 ${found.p99.toFixed(1)} ms`);
    }
  } finally {
    for (const client of clients) client.close();
  }
  return figuresOf(rounds);
};

const figuresOf = (rounds: readonly { p50: number; p99: number }[]): Figure[] => {
  const [p50s, p99s] = [rounds.map(({ p50 }) => p50), rounds.map(({ p99 }) => p99)];
  const common = { bench: 'accept', unit: 'ms', runs: rounds.length } as const;
  const load = `${CLIENTS} clients without pauses, ${CLIENTS * REQUESTS_PER_CLIENT} requests a run`;
  return [
    { ...common, what: `p50 of ${load}`, ours: median(p50s), samples: { ours: p50s } },
    { ...common, what: `p99 of ${load}`, ours: median(p99s), goal: `≤ ${P99_MS_MAX} ms`, met: median(p99s) <= P99_MS_MAX, samples: { ours: p99s } },
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
