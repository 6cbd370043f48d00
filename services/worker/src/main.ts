import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfiguration } from '@holdfast/infra/configuration';
import { pino } from 'pino';
import { Dispatching } from './dispatching.js';
import { repeat } from './repeat.js';
import { installRuntime, runTemporalWorker } from './temporal-worker.js';
import { wire } from './wiring.js';
import { readWorkflowBundle } from './workflow-bundle.js';

const SCHEMA_RETRY_MS = 1_000;

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const logger = pino({ name: 'worker' });
const configuration = readConfiguration(process.env, repository);
const bundle = readWorkflowBundle();
installRuntime(logger);
const { store, secrets, client, dataConverter, activities, providers } = wire(configuration);

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

const dispatching = new Dispatching({ store, client, providers, logger });
const ready = new AbortController();
// The event store may come after the worker: nothing is done before its tables are there.
await repeat({ name: 'Making the tables', intervalMs: SCHEMA_RETRY_MS, signal: AbortSignal.any([stopping.signal, ready.signal]), logger }, async () => {
  await store.migrate();
  await Promise.all([secrets.migrate(), dispatching.migrate()]);
  ready.abort();
});

await Promise.all([
  runTemporalWorker({ address: configuration.temporal.address, client, activities, bundle, dataConverter, logger }, stopping.signal),
  dispatching.run(stopping.signal),
]);
logger.info('The worker stops.');
await client.connection.close();
await store.close();
