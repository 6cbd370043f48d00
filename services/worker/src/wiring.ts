import { createActivities, type ActivityPorts, type AllActivities, type Drivers } from '@holdfast/activities';
import type { Provider } from '@holdfast/domain';
import type { Configuration } from '@holdfast/infra/configuration';
import { HaproxyEndpoint } from '@holdfast/infra/endpoints/haproxy';
import { GaleraEngine, GroupReplicationEngine, MARIADB, MYSQL, MysqlEngine } from '@holdfast/infra/engines/mysql';
import { PostgresqlEngine } from '@holdfast/infra/engines/postgresql';
import { RedisEngine, RedisShardedEngine } from '@holdfast/infra/engines/redis';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { EventStoreHostRegistry } from '@holdfast/infra/hosts';
import { DockerProvider } from '@holdfast/infra/providers/docker';
import { LocalProvider } from '@holdfast/infra/providers/local';
import { SshProvider } from '@holdfast/infra/providers/ssh';
import { loadOrCreateKeyFile, PostgresSecrets } from '@holdfast/infra/secrets';
import { AnswerVerifier, connectTemporal, createDataConverter } from '@holdfast/infra/temporal';
import { unprivilegedUser } from '@holdfast/infra/toolchain';
import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';

/** Connections of a worker to the event store; activities hold one for milliseconds. */
const DATABASE_CONNECTIONS = 16;

/** Who acts, in the facts of hosts; each names the machine that it was done for. */
const SSH_PROVIDER = { actor: 'system:provider', correlationId: 'ssh' };

/** What a worker process is made of. */
export interface Wiring {
  readonly store: PostgresEventStore;
  readonly secrets: PostgresSecrets;
  readonly client: Client;
  readonly dataConverter: DataConverter;
  /** What the activities act through. */
  readonly ports: ActivityPorts;
  readonly activities: AllActivities;
  readonly providers: readonly Provider[];
}

/** The only place where activities meet adapters: an engine or a provider more is one line here. Connects nothing yet. */
export const wire = (configuration: Configuration): Wiring => {
  const { keys, temporal } = configuration;
  const store = PostgresEventStore.connect(configuration.eventStoreUrl, { maxConnections: DATABASE_CONNECTIONS });
  const secrets = new PostgresSecrets(store.pool, loadOrCreateKeyFile(keys.secrets));
  const dataConverter = createDataConverter(keys.codec);
  const drivers = {
    engines: {
      mariadb: { replicated: new MysqlEngine(MARIADB), multiPrimary: new GaleraEngine() },
      mysql: { replicated: new MysqlEngine(MYSQL), multiPrimary: new GroupReplicationEngine() },
      postgresql: { replicated: new PostgresqlEngine() },
      timescaledb: { replicated: new PostgresqlEngine({ flavour: 'timescaledb' }) },
      redis: { replicated: new RedisEngine('redis'), sharded: new RedisShardedEngine('redis') },
      valkey: { replicated: new RedisEngine('valkey'), sharded: new RedisShardedEngine('valkey') },
    },
    providers: {
      local: localProvider(configuration),
      ssh: new SshProvider({ registry: new EventStoreHostRegistry(store, secrets, SSH_PROVIDER) }),
      docker: new DockerProvider({ installation: configuration.installation }),
    },
    endpoint: new HaproxyEndpoint(),
  } satisfies Drivers;
  const ports = { store, secrets, clock: { now: () => new Date() }, signatures: new AnswerVerifier(keys.answerVerifying), drivers };
  return {
    store,
    secrets,
    client: connectTemporal({ ...temporal, dataConverter }),
    dataConverter,
    ports,
    activities: createActivities(ports),
    providers: Object.values(drivers.providers),
  };
};

const localProvider = ({ machinesDirectory, tools }: Configuration): LocalProvider => {
  const runAs = unprivilegedUser();
  return new LocalProvider({ rootDirectory: machinesDirectory, toolsDirectory: tools, ...(runAs === undefined ? {} : { runAs }) });
};
