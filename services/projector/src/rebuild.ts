import type { Pool } from 'pg';
import type { EventStore } from '@holdfast/domain';
import { createTables, LIVE_SCHEMA } from '@holdfast/infra/read-models';
import { advance } from './projection-runner.js';
import { PROJECTIONS } from './projections.js';

const BESIDE = `${LIVE_SCHEMA}_rebuild`;
/** Only one rebuild at a time. */
const REBUILD_LOCK = 7_400_003;
/** Turns with the live checkpoints locked: what came in meanwhile is little, or the swap is tried again later. */
const LAST_TURNS_MAX = 1_000;

/** How many facts each read model was made from is of no interest; that they are new is. */
export interface RebuildResult {
  readonly readModels: readonly string[];
  readonly durationMs: number;
}

/**
 * Makes all read models anew from the first fact, beside the live ones, and swaps them in one transaction. Readers see the old
 * ones until then and the new ones after it.
 */
export const rebuildProjections = async (pool: Pool, store: EventStore): Promise<RebuildResult> => {
  const start = performance.now();
  const guard = await pool.connect();
  try {
    await guard.query('select pg_advisory_lock($1)', [REBUILD_LOCK]);
    await pool.query(`drop schema if exists ${BESIDE} cascade; ${createTables(BESIDE)}`);
    await catchUp(pool, store);
    await swap(pool, store);
  } finally {
    await guard.query('select pg_advisory_unlock($1)', [REBUILD_LOCK]);
    guard.release();
  }
  return { readModels: PROJECTIONS.map((projection) => projection.name), durationMs: Math.round(performance.now() - start) };
};

const catchUp = async (pool: Pool, store: EventStore): Promise<void> => {
  for (const projection of PROJECTIONS) {
    for (let turn = await advance(pool, store, projection, BESIDE); turn !== 'idle'; turn = await advance(pool, store, projection, BESIDE)) {
      if (turn === 'poisoned') throw new Error(`Read model ${projection.name} cannot be rebuilt: ${await problemOf(pool, projection.name)}`);
    }
  }
};

/** The live checkpoints are locked, so that no runner writes into tables that are about to go. */
const swap = async (pool: Pool, store: EventStore): Promise<void> => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`select 1 from ${LIVE_SCHEMA}.checkpoints for update`);
    for (let turns = 0; turns < LAST_TURNS_MAX; turns += 1) {
      const results = await Promise.all(PROJECTIONS.map((projection) => advance(pool, store, projection, BESIDE)));
      if (results.every((turn) => turn === 'idle')) break;
    }
    await client.query(`drop schema ${LIVE_SCHEMA} cascade; alter schema ${BESIDE} rename to ${LIVE_SCHEMA}`);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined); // The connection may be gone; the first error says why.
    throw error;
  } finally {
    client.release();
  }
};

const problemOf = async (pool: Pool, name: string): Promise<string> => {
  const { rows } = await pool.query<{ problem: string | null }>(`select problem from ${BESIDE}.checkpoints where name = $1`, [name]);
  return rows[0]?.problem ?? 'no reason was noted';
};
