import { POSITION_START } from '@holdfast/domain';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { startEventStoreServer } from '../support/event-store-server.js';
import { syntheticFact } from './append.js';
import { RUNS_DEFAULT, using, type BenchContext, type Benchmark } from './benchmark.js';
import { median, type Figure } from './figures.js';

const FACTS = 200_000;
const PAGE = 500;
const FACTS_PER_COMMIT = 20;
const FACTS_PER_STREAM = 100;
const RATE_MIN = 20_000;
/** Garbage that was not collected yet makes the resident size waver by some tens of MB; a replay that kept its facts would add hundreds. */
const GROWTH_MB_MAX = 100;
const MEBIBYTE = 2 ** 20;

/** Its transactions are as small as those of operations, since the transaction is the first half of a fact's place. */
const FILL = `
  create procedure fill(facts int, data jsonb, meta jsonb) language plpgsql as $$
  begin
    for start in 0 .. facts - 1 by ${FACTS_PER_COMMIT} loop
      insert into event_store.events (stream, version, event_id, type, schema_version, data, meta)
      select 'operation-' || start / ${FACTS_PER_STREAM}, n % ${FACTS_PER_STREAM}, gen_random_uuid(), 'StepCompleted', 1, data, meta
      from generate_series(start, start + ${FACTS_PER_COMMIT - 1}) n;
      commit;
    end loop;
  end $$`;

/** In bulk, since how they come in is not what is measured. */
const fill = async (store: PostgresEventStore): Promise<number> => {
  const { data, meta } = syntheticFact();
  await store.pool.query(FILL);
  const client = await store.pool.connect();
  try {
    await client.query('set synchronous_commit = off; set statement_timeout = 0');
    await client.query('call fill($1, $2, $3)', [FACTS, JSON.stringify(data), JSON.stringify(meta)]);
    await client.query('analyze event_store.events');
  } finally {
    client.release(true);
  }
  const { rows } = await store.pool.query<{ bytes: number }>('select avg(pg_column_size(events.*))::int as bytes from (select * from event_store.events limit 1000) events');
  return rows[0]?.bytes ?? 0;
};

interface Replay {
  readonly factsPerSecond: number;
  /** Resident memory at its highest, over what it was before. */
  readonly growthMb: number;
}

/** Reads everything in the global order, page by page, and keeps nothing. Throws when a fact is missing. */
const replayAll = async (store: PostgresEventStore): Promise<Replay> => {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let highest = before;
  let [count, position] = [0, POSITION_START];
  const start = performance.now();
  for (;;) {
    const page = await store.readAll({ after: position, limit: PAGE });
    if (page.facts.length === 0) break;
    count += page.facts.length;
    position = page.next;
    highest = Math.max(highest, process.memoryUsage.rss());
  }
  const factsPerSecond = (count / (performance.now() - start)) * 1000;
  if (count !== FACTS) throw new Error(`${FACTS} facts are stored, ${count} were read.`);
  return { factsPerSecond, growthMb: (highest - before) / MEBIBYTE };
};

const figuresOf = (replays: readonly Replay[], bytes: number): Figure[] => {
  const rates = replays.map((replay) => replay.factsPerSecond);
  const growths = replays.map((replay) => replay.growthMb);
  const runs = replays.length;
  return [
    { bench: 'replay', what: `${FACTS} facts of ${bytes} B, in pages of ${PAGE}`, unit: 'facts/s', ours: median(rates), goal: `≥ ${RATE_MIN}`, met: median(rates) >= RATE_MIN, runs, samples: { ours: rates } },
    { bench: 'replay', what: 'highest growth of resident memory', unit: 'MB', ours: Math.max(...growths), goal: `flat: < ${GROWTH_MB_MAX}`, met: Math.max(...growths) < GROWTH_MB_MAX, runs, samples: { ours: growths } },
  ];
};

export const replay: Benchmark = {
  name: 'replay',
  measures: `${FACTS} facts read in the global order through the event store's port, and what memory that takes.`,
  run: ({ runs = RUNS_DEFAULT, say }: BenchContext) =>
    using(startEventStoreServer, (server) => server.stop(), async (server) => {
      const store = PostgresEventStore.connect(server.url);
      try {
        await store.migrate();
        const bytes = await fill(store);
        say(`${FACTS} facts of ${bytes} B are stored.`);
        await replayAll(store); // Not counted: the first pass warms the caches of both sides.
        const replays: Replay[] = [];
        for (let round = 0; round < runs; round += 1) {
          const done = await replayAll(store);
          replays.push(done);
          say(`round ${round + 1}: ${done.factsPerSecond.toFixed(0)} facts/s, memory +${done.growthMb.toFixed(0)} MB`);
        }
        return figuresOf(replays, bytes);
      } finally {
        await store.close();
      }
    }),
};
