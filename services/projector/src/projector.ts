import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Pool } from 'pg';
import { POSITION_START, type EventStore } from '@holdfast/domain';
import { migrateReadModels } from '@holdfast/infra/read-models';
import { Bell } from './bell.js';
import { advance, type Turn } from './projection-runner.js';
import { PROJECTIONS } from './projections.js';
import { rebuildOutdated } from './rebuild.js';

const RETRY_MS = 500;
/** How soon to look again at a read model that another process was at: it may end before it is done. */
const BUSY_RETRY_MS = 250;

/** Keeps all read models at the newest fact until the signal ends it. The store's subscription only tells when to look. */
export const runProjector = async (pool: Pool, store: EventStore, logger: Logger, signal: AbortSignal): Promise<void> => {
  await patiently(logger, signal, async () => {
    await migrateReadModels(pool);
    if (await rebuildOutdated(pool, store)) logger.info('read models of another version were made anew');
  });
  const news = new Bell(signal);
  await Promise.all([listen(store, logger, signal, news), advanceAll(pool, store, logger, signal, news)]);
};

const listen = (store: EventStore, logger: Logger, signal: AbortSignal, news: Bell): Promise<void> =>
  patiently(logger, signal, async () => {
    // From the start when the store is away: that costs reading, and misses nothing.
    const after = await store.head().catch(() => POSITION_START);
    news.ring();
    for await (const _ of store.subscribe({ after, signal })) news.ring();
  });

const advanceAll = async (pool: Pool, store: EventStore, logger: Logger, signal: AbortSignal, news: Bell): Promise<void> => {
  const poisoned = new Set<string>();
  while (!signal.aborted) {
    let busy = false;
    await patiently(logger, signal, async () => {
      const turns = await Promise.all(PROJECTIONS.map((projection) => untilDone(() => advance(pool, store, projection), signal)));
      busy = turns.includes('busy');
      PROJECTIONS.forEach(({ name }, index) => {
        if (turns[index] !== 'poisoned') return void poisoned.delete(name);
        if (!poisoned.has(name))
          logger.error({ readModel: name }, 'a read model stands still; see read_models.checkpoints, then: holdfast projections rebuild');
        poisoned.add(name);
      });
    });
    await news.next(busy ? BUSY_RETRY_MS : undefined);
  }
};

const untilDone = async (turn: () => Promise<Turn>, signal: AbortSignal): Promise<Turn> => {
  for (;;) {
    const result = await turn();
    if (result !== 'advanced' || signal.aborted) return result;
  }
};

/** Tries again while the database is away. */
const patiently = async (logger: Logger, signal: AbortSignal, work: () => Promise<void>): Promise<void> => {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      logger.warn({ problem: error instanceof Error ? error.message : String(error) }, 'read models cannot be kept up to date; trying again');
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined); // Only the signal ends it early.
    }
  }
};
