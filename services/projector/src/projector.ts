import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Pool } from 'pg';
import { POSITION_START, type EventStore } from '@holdfast/domain';
import { createTables, LIVE_SCHEMA } from '@holdfast/infra/read-models';
import { advance } from './projection-runner.js';
import { PROJECTIONS } from './projections.js';

/** The lock under which processes that start at the same time make the tables. */
const TABLES_LOCK = 7_400_004;
const RETRY_MS = 500;

export const migrateReadModels = async (pool: Pool): Promise<void> => {
  await pool.query(`begin; select pg_advisory_xact_lock(${TABLES_LOCK}); ${createTables(LIVE_SCHEMA)} commit`);
};

/** Keeps all read models at the newest fact until the signal ends it. The store's subscription only tells when to look. */
export const runProjector = async (pool: Pool, store: EventStore, logger: Logger, signal: AbortSignal): Promise<void> => {
  await patiently(logger, signal, () => migrateReadModels(pool));
  const poisoned = new Set<string>();
  const advanceAll = async (): Promise<void> => {
    for (const projection of PROJECTIONS) {
      const turn = await untilIdle(() => advance(pool, store, projection));
      if (turn === 'poisoned' && !poisoned.has(projection.name)) {
        poisoned.add(projection.name);
        logger.error({ readModel: projection.name }, 'a read model stands still; see read_models.checkpoints, then: holdfast projections rebuild');
      }
    }
  };
  // Taken before the first look, so that no fact falls between that look and the subscription; from the start when it cannot be had.
  const after = await store.head().catch(() => POSITION_START);
  await patiently(logger, signal, advanceAll);
  for await (const _ of store.subscribe({ after, signal })) await patiently(logger, signal, advanceAll);
};

const untilIdle = async (turn: () => ReturnType<typeof advance>): Promise<Awaited<ReturnType<typeof advance>>> => {
  for (;;) {
    const result = await turn();
    if (result !== 'advanced') return result;
  }
};

/** Tries again while the database is away. */
const patiently = async (logger: Logger, signal: AbortSignal, work: () => Promise<void>): Promise<void> => {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      logger.warn({ problem: error instanceof Error ? error.message : String(error) }, 'read models cannot be written; trying again');
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined); // Only the signal ends it early.
    }
  }
};
