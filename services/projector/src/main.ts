import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { readConfiguration } from '@holdfast/infra/configuration';
import { createPool, PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { migrateReadModels } from '@holdfast/infra/read-models';
import { runProjector } from './projector.js';
import { rebuildProjections } from './rebuild.js';

/** The projector; with the argument `rebuild` it makes all read models anew once, and prints what it did as JSON. */
const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const logger = pino({ name: 'projector' });
const { eventStoreUrl } = readConfiguration(process.env, repository);
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

const pool = createPool(eventStoreUrl, 4);
const store = PostgresEventStore.connect(eventStoreUrl, { maxConnections: 4 });
if (process.argv[2] === 'rebuild') {
  await migrateReadModels(pool);
  process.stdout.write(`${JSON.stringify(await rebuildProjections(pool, store))}\n`);
} else {
  logger.info('projector starts');
  await runProjector(pool, store, logger, stop.signal);
  logger.info('projector stopped');
}
await Promise.all([pool.end(), store.close()]);
