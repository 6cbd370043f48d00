import type { CatalogueEngine } from './catalogue-engine.js';
import { NOTHING_BUILT, type EngineCapabilities } from './engine-capabilities.js';
import type { EngineTraits } from './engine-traits.js';

const TRAITS: EngineTraits = {
  family: 'postgresql',
  shortName: 'pg',
  serverPort: 5432,
  endpointPorts: { readWrite: 5432, readOnly: 5433 },
  urlScheme: 'postgresql',
  namedDatabases: true,
  fencing: 'stop',
  switchoverPauseMs: 300,
};

const CAPABILITIES: EngineCapabilities = {
  modes: { single: 'works', 'primary-replica': 'works', 'multi-primary': 'not-in-engine', sharded: 'not-in-engine' },
  replication: { async: 'works', sync: 'works' },
  syncPromise: 'A commit is acknowledged once one replica has it on its disk; while no replica is there, commits wait.',
  sharding: 'not-in-engine',
  pointInTimeRecovery: 'not-built',
  onlineAdd: 'works',
  allowlist: 'not-built',
  pool: 'not-built',
};

export const POSTGRESQL_FAMILY: readonly CatalogueEngine[] = [
  {
    id: 'postgresql',
    title: 'PostgreSQL',
    description: 'A powerful, open-source object-relational database system, known for reliability, data integrity and performance.',
    versions: ['18', '17', '16', '15', '14'],
    capabilities: CAPABILITIES,
    traits: TRAITS,
  },
  {
    id: 'timescaledb',
    title: 'TimescaleDB',
    description: 'PostgreSQL for time-series data. Its version is that of PostgreSQL; what the extension can do depends on its licence (docs/compatibility.md).',
    versions: ['17'],
    capabilities: CAPABILITIES,
    traits: { ...TRAITS, shortName: 'ts' },
  },
  {
    id: 'hydra',
    title: 'Hydra',
    description: 'Columnar PostgreSQL.',
    versions: ['1'],
    capabilities: { ...CAPABILITIES, modes: NOTHING_BUILT.modes, replication: { async: 'not-built', sync: 'not-built' }, onlineAdd: 'not-built' },
    notDeployable: 'No source of these machines has its package: Debian has none in any release. Its makers publish a container image and its sources.',
  },
];
