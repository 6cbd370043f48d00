import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { ApiTokens } from '@holdfast/infra/access';
import { DEFAULT_PORTS, port, readConfiguration, type Configuration } from '@holdfast/infra/configuration';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { EventStoreHostRegistry } from '@holdfast/infra/hosts';
import { SshHosts, SshProvider } from '@holdfast/infra/providers/ssh';
import { PostgresReadModels } from '@holdfast/infra/read-models';
import { loadOrCreateKeyFile, PostgresSecrets } from '@holdfast/infra/secrets';
import { CodecEndpoint, connectTemporal, createDataConverter, EncryptionCodec, loadOrCreateCodecKeys, loadOrCreateSigningKeys } from '@holdfast/infra/temporal';
import { DockerProvider } from '@holdfast/infra/providers/docker';
import { listSoftware } from '@holdfast/infra/toolchain';
import type { Client } from '@temporalio/client';
import type { ApiDependencies } from './api-dependencies.js';
import { createApi } from './create-api.js';
import { startWith } from './temporal/start-operation.js';
import { TemporalClientDoor } from './temporal/temporal-door.adapter.js';

/** More would only wait for each other inside the server; a request holds one for about a millisecond. */
const DATABASE_CONNECTIONS = 12;
/** A server that hangs is answered 503 after this, as one that is gone. */
const DATABASE_TIMEOUT_MS = 2_000;
const RETRY_MS = 1_000;

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const logger = pino({ name: 'api', redact: ['req.headers.authorization', 'headers.authorization'] });
const configuration = readConfiguration(process.env, repository);

const store = PostgresEventStore.connect(configuration.eventStoreUrl, { maxConnections: DATABASE_CONNECTIONS, queryTimeoutMs: DATABASE_TIMEOUT_MS });
const temporal = connectTemporal({
  address: configuration.temporal.address,
  namespace: configuration.temporal.namespace,
  dataConverter: createDataConverter(configuration.keys.codec),
});
const secrets = new PostgresSecrets(store.pool, loadOrCreateKeyFile(configuration.keys.secrets));
const dockerMachines = new DockerProvider({ installation: configuration.installation });
const sshHosts = new SshProvider({ registry: new EventStoreHostRegistry(store, secrets, { actor: 'system:api', correlationId: 'ssh' }) });
const dependencies = dependenciesOf(configuration, temporal);
const app = await createApi(dependencies);

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

// The process answers at once, and says in /readyz what it waits for.
const tables = makeTables(dependencies, logger, stopping.signal);
await app.listen({ host: configuration.api.host, port: configuration.api.port });
if (!stopping.signal.aborted) await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
logger.info('The API stops.');
await app.close();
await tables;
await store.close();
// Temporal's client may be in the middle of a try, and has no way to end it.
process.exit(0);

function dependenciesOf({ keys, tools }: Configuration, client: Client): ApiDependencies {
  const codec = new CodecEndpoint(new EncryptionCodec(loadOrCreateCodecKeys(keys.codec)));
  const uiPort = port('HOLDFAST_TEMPORAL_UI_PORT', process.env, DEFAULT_PORTS.temporalUi);
  return {
    store,
    secrets,
    logger,
    readModels: new PostgresReadModels(store.pool),
    tokens: new ApiTokens(store.pool),
    // The same question as the `local` provider's own.
    versionSources: {
      local: async (software) => (await listSoftware(software, tools)).map(({ version }) => version),
      ssh: (software) => sshHosts.softwareVersions(software),
      docker: (software) => dockerMachines.softwareVersions(software),
    },
    supplies: { ssh: (ports) => sshHosts.supply(ports) },
    hosts: { secrets, check: (host, meta, agreedKey) => new SshHosts(new EventStoreHostRegistry(store, secrets, meta)).check(host, undefined, agreedKey) },
    startWorkflow: startWith(client),
    temporal: new TemporalClientDoor(client, loadOrCreateSigningKeys(keys), codec),
    codecOrigins: [`http://127.0.0.1:${uiPort}`, `http://localhost:${uiPort}`],
  };
}

/** Makes the tables that this process reads and writes; tries until the database is there. */
async function makeTables({ tokens }: ApiDependencies, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await store.migrate();
      await Promise.all([tokens.migrate(), secrets.migrate()]);
      return;
    } catch (error) {
      log.warn({ err: error }, 'The tables cannot be made yet; trying again.');
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined); // Only the signal ends it early.
    }
  }
}
