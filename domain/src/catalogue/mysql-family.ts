import type { CatalogueEngine } from './catalogue-engine.js';
import { NOTHING_BUILT, type EngineCapabilities } from './engine-capabilities.js';
import type { EngineTraits } from './engine-traits.js';

const TRAITS: EngineTraits = {
  family: 'mysql',
  shortName: 'my',
  serverPort: 3306,
  endpointPorts: { readWrite: 3306, readOnly: 3307 },
  urlScheme: 'mysql',
  namedDatabases: true,
  fencing: 'read-only',
  switchoverPauseMs: 500,
};

const CAPABILITIES: EngineCapabilities = {
  ...NOTHING_BUILT,
  modes: { single: 'not-built', 'primary-replica': 'not-built', 'multi-primary': 'not-built', sharded: 'not-in-engine' },
  replication: { async: 'not-built', sync: 'not-built' },
  syncPromise: 'A commit is acknowledged once one replica has received it.',
  pool: 'not-built',
};

const NOT_BUILT = 'Its driver is not built yet.';

export const MYSQL_FAMILY: readonly CatalogueEngine[] = [
  {
    id: 'mysql',
    title: 'MySQL',
    description: 'A widely used relational database.',
    versions: ['8.4', '8.0'],
    capabilities: CAPABILITIES,
    traits: TRAITS,
    notDeployable: NOT_BUILT,
  },
  {
    id: 'mariadb',
    title: 'MariaDB',
    description: 'The open-source relational database.',
    versions: ['11.8', '10.11'],
    capabilities: CAPABILITIES,
    traits: { ...TRAITS, shortName: 'ma' },
    notDeployable: NOT_BUILT,
  },
];
