/** How the nodes of a cluster share the work. */
export type ClusterMode = 'single' | 'primary-replica' | 'multi-primary' | 'sharded';

/** When a commit is acknowledged: `async` by the primary alone, `sync` once at least one replica has it on disk. */
export type Replication = 'async' | 'sync';

export interface CatalogueEngine {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Major versions, newest first. */
  readonly versions: readonly string[];
  readonly defaultVersion: string;
  readonly modes: readonly ClusterMode[];
  /** Why it cannot be deployed yet; absent when it can. */
  readonly notDeployable?: string;
}

const NOT_BUILT = 'Its driver is not built yet.';

/** Every engine of the product, with what works marked honestly. */
export const ENGINES: readonly CatalogueEngine[] = [
  {
    id: 'postgresql',
    title: 'PostgreSQL',
    description: 'A powerful, open-source object-relational database system, known for reliability, data integrity and performance.',
    versions: ['18', '17', '16', '15', '14'],
    defaultVersion: '18',
    modes: ['single', 'primary-replica'],
  },
  engineToCome('mysql', 'MySQL', 'A widely used relational database.', ['8.4', '8.0'], ['single', 'primary-replica', 'multi-primary']),
  engineToCome('mariadb', 'MariaDB', 'The open-source relational database.', ['11.8', '10.11'], ['single', 'primary-replica', 'multi-primary']),
  engineToCome('redis', 'Redis', 'An in-memory database, cache and message broker.', ['8', '7'], ['single', 'primary-replica', 'sharded']),
  engineToCome('valkey', 'Valkey', 'A flexible distributed key-value datastore.', ['9', '8'], ['single', 'primary-replica', 'sharded']),
  engineToCome('keydb', 'KeyDB', 'A multithreaded key-value datastore.', ['6'], ['single', 'primary-replica', 'sharded']),
  engineToCome('timescaledb', 'TimescaleDB', 'PostgreSQL for time-series data.', ['2'], ['single', 'primary-replica']),
  engineToCome('hydra', 'Hydra', 'Columnar PostgreSQL.', ['1'], ['single', 'primary-replica']),
  engineToCome('clickhouse', 'ClickHouse', 'A column-oriented database for online analytical processing.', ['25'], ['single', 'sharded']),
  engineToCome('scylladb', 'ScyllaDB', 'A NoSQL database for demanding applications.', ['6'], ['multi-primary']),
  engineToCome('influxdb', 'InfluxDB', 'A datastore for IoT, analytics and monitoring.', ['2'], ['single']),
];

function engineToCome(id: string, title: string, description: string, versions: readonly [string, ...string[]], modes: readonly ClusterMode[]): CatalogueEngine {
  return { id, title, description, versions, defaultVersion: versions[0], modes, notDeployable: NOT_BUILT };
}

export const findEngine = (id: string): CatalogueEngine | undefined => ENGINES.find((engine) => engine.id === id);
