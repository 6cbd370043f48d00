import type { Pool } from 'pg';
import type { EventStore } from '@holdfast/domain';
import { areReadModelsOutdated, createTables, LIVE_SCHEMA } from '@holdfast/infra/read-models';
import { advance, type Turn } from './projection-runner.js';
import { PROJECTIONS } from './projections.js';

const BESIDE = `${LIVE_SCHEMA}_rebuild`;
const BEFORE = `${LIVE_SCHEMA}_before`;
/** Only one rebuild at a time. Any fixed number. */
const REBUILD_LOCK = 7_400_003;

export interface RebuildResult {
  readonly readModels: readonly string[];
  readonly durationMs: number;
}

/**
 * Makes all read models anew from the first fact, beside the live ones, and swaps them in one transaction. Readers see the old
 * ones until then and the new ones after it, and never wait. Throws when a fact cannot be applied: the live ones stay as they are.
 */
export const rebuildProjections = async (pool: Pool, store: EventStore): Promise<RebuildResult> => {
  const start = performance.now();
  await alone(pool, () => rebuild(pool, store));
  return { readModels: PROJECTIONS.map((projection) => projection.name), durationMs: Math.round(performance.now() - start) };
};

/** The same, if the live tables are of another version of this program. Answers whether they were. */
export const rebuildOutdated = async (pool: Pool, store: EventStore): Promise<boolean> => {
  if (!(await areReadModelsOutdated(pool))) return false;
  // Another process may have done it meanwhile.
  await alone(pool, async () => ((await areReadModelsOutdated(pool)) ? rebuild(pool, store) : undefined));
  return true;
};

const alone = async (pool: Pool, work: () => Promise<void>): Promise<void> => {
  const guard = await pool.connect();
  try {
    await guard.query('select pg_advisory_lock($1)', [REBUILD_LOCK]);
    await work();
  } finally {
    // The lock ends with its connection.
    guard.release(true);
  }
};

const rebuild = async (pool: Pool, store: EventStore): Promise<void> => {
  await pool.query(`drop schema if exists ${BESIDE} cascade`);
  await pool.query(createTables(BESIDE));
  await catchUp(pool, store);
  await swap(pool, store);
  await pool.query(`drop schema if exists ${BEFORE} cascade`);
};

/** Until none of them has anything more to do: who is done first does not fall behind while the others work. */
const catchUp = async (pool: Pool, store: EventStore): Promise<void> => {
  let turns: Turn[];
  do {
    turns = await Promise.all(PROJECTIONS.map((projection) => advance(pool, store, projection, BESIDE)));
    const poisoned = PROJECTIONS.find((_, index) => turns[index] === 'poisoned');
    if (poisoned !== undefined) throw new Error(`Read model ${poisoned.name} cannot be rebuilt: ${await problemOf(pool, poisoned.name)}`);
  } while (turns.some((turn) => turn !== 'idle'));
};

/**
 * The live checkpoints are locked, so that no runner writes into tables that are about to go. What comes after that lock is not
 * visible to the last turns, so they end; the live runner goes on from there. Renaming asks for no lock on the tables: readers go on.
 */
const swap = async (pool: Pool, store: EventStore): Promise<void> => {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query(`drop schema if exists ${BEFORE} cascade`);
    await client.query('begin');
    await client.query(`select 1 from ${LIVE_SCHEMA}.checkpoints for update`);
    await catchUp(pool, store);
    await client.query(`alter schema ${LIVE_SCHEMA} rename to ${BEFORE}; alter schema ${BESIDE} rename to ${LIVE_SCHEMA}`);
    await client.query('commit');
    broken = false;
  } finally {
    // An unfinished transaction ends with its connection.
    client.release(broken);
  }
};

const problemOf = async (pool: Pool, name: string): Promise<string> => {
  const { rows } = await pool.query<{ problem: string | null }>(`select problem from ${BESIDE}.checkpoints where name = $1`, [name]);
  return rows[0]?.problem ?? 'no reason was noted';
};
