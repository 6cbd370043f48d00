import { randomUUID } from 'node:crypto';
import type { NewFact } from '@holdfast/domain';
import { createPool, PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import type { Pool } from 'pg';
import { startEventStoreServer, type EventStoreServer } from '../support/event-store-server.js';
import { RUNS_DEFAULT, using, type BenchContext, type Benchmark } from './benchmark.js';
import { paired, type Figure } from './figures.js';

const CONNECTIONS = [1, 16] as const;
/** Ours and raw take turns this often within a round: other work of the machine then meets both alike. */
const SLICES = 4;
const SLICE_MS = 400;
const WARM_UP_MS = 1_000;
/** Of the wished throughput, next to a plain INSERT. */
const RATIO_MIN = 0.8;

/** The event store's table and indexes, and nothing else: no function, no trigger, no version to be read first. */
const RAW_TABLE = `
  create schema raw;
  create table raw.events (
    global_position bigint generated always as identity primary key,
    tx xid8 not null default pg_current_xact_id(),
    stream text not null,
    version bigint not null,
    event_id uuid not null unique,
    type text not null,
    schema_version int not null,
    data jsonb not null,
    meta jsonb not null,
    at timestamptz not null default clock_timestamp(),
    unique (stream, version)
  );
  create index on raw.events (tx, global_position);
`;
const RAW_INSERT = {
  name: 'raw-insert',
  text: `insert into raw.events (stream, version, event_id, type, schema_version, data, meta) values ($1, $2, $3, $4, $5, $6, $7)
         returning version, tx::text as tx, global_position`,
};

type AppendOne = (stream: string, version: number, fact: NewFact) => Promise<unknown>;

/** Appends one fact after another, each its own commit, on so many connections; answers appends per second. */
const throughput = async (append: AppendOne, connections: number, durationMs: number): Promise<number> => {
  const start = performance.now();
  let count = 0;
  const writer = async (): Promise<void> => {
    const stream = `cluster-${randomUUID()}`;
    for (let version = 0; performance.now() - start < durationMs; version += 1) {
      await append(stream, version, syntheticFact());
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, writer));
  return (count / (performance.now() - start)) * 1000;
};

/** About as large as a fact of a step. */
export const syntheticFact = (): NewFact => ({
  id: randomUUID(),
  type: 'StepCompleted',
  schemaVersion: 1,
  data: { operationId: 'add-node-0f3c1f6e-6a57-4f6f-8f3f-2f6a4a1f7f10', clusterId: 'c-4f2a9d', step: 'clone-data', attempt: 1, durationMs: 2187, detail: 'x'.repeat(240) },
  meta: { actor: 'token:admin', reason: 'More readers in the morning.', correlationId: 'add-node-0f3c1f6e-6a57-4f6f-8f3f-2f6a4a1f7f10', step: 'clone-data' },
});

const ways = (store: PostgresEventStore, raw: Pool): { ours: AppendOne; raw: AppendOne } => ({
  ours: (stream, version, fact) => store.append(stream, version === 0 ? 'no-stream' : version - 1, [fact]),
  raw: (stream, version, { id, type, schemaVersion, data, meta }) =>
    raw.query({ ...RAW_INSERT, values: [stream, version, id, type, schemaVersion, JSON.stringify(data), JSON.stringify(meta)] }),
});

const measure = async (server: EventStoreServer, connections: number, { runs = RUNS_DEFAULT, say }: BenchContext): Promise<Figure> => {
  const store = PostgresEventStore.connect(server.url, { maxConnections: connections });
  const pool = createPool(server.url, connections);
  try {
    const { ours, raw } = ways(store, pool);
    await throughput(ours, connections, WARM_UP_MS);
    await throughput(raw, connections, WARM_UP_MS);
    const rounds: { ours: number; raw: number }[] = [];
    for (let round = 0; round < runs; round += 1) {
      const slices: { ours: number; raw: number }[] = [];
      for (let slice = 0; slice < SLICES; slice += 1) {
        slices.push({ ours: await throughput(ours, connections, SLICE_MS), raw: await throughput(raw, connections, SLICE_MS) });
      }
      rounds.push({ ours: mean(slices.map((slice) => slice.ours)), raw: mean(slices.map((slice) => slice.raw)) });
      say(`${connections} connections, round ${round + 1}: ours ${rounds.at(-1)?.ours.toFixed(0)}/s, plain INSERT ${rounds.at(-1)?.raw.toFixed(0)}/s`);
    }
    const goal = { unit: 'appends/s', goal: `ratio ≥ ${RATIO_MIN}` } as const;
    const what = `one fact a commit, ${connections} connection${connections === 1 ? '' : 's'}; raw: prepared INSERT`;
    return paired({ bench: 'append', what, ...goal }, rounds.map((round) => round.ours), rounds.map((round) => round.raw), (ratio) => ratio >= RATIO_MIN);
  } finally {
    await Promise.all([store.close(), pool.end()]);
  }
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export const append: Benchmark = {
  name: 'append',
  measures: 'facts appended per second, against a plain prepared INSERT into a table of the same shape, fsync on.',
  run: (context) =>
    using(startEventStoreServer, (server) => server.stop(), async (server) => {
      const setUp = PostgresEventStore.connect(server.url, { maxConnections: 1 });
      await setUp.migrate();
      await setUp.pool.query(RAW_TABLE);
      await setUp.close();
      const figures: Figure[] = [];
      for (const connections of CONNECTIONS) figures.push(await measure(server, connections, context));
      return figures;
    }),
};
