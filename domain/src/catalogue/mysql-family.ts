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
  switchoverPauseMs: 250,
};

/** The group's own protocol, transfers of what a member lacks, and of everything (https://mariadb.com/kb/en/configuring-mariadb-galera-cluster/#network-ports). */
const GALERA_PORTS = [4567, 4568, 4444];

const NOT_YET: EngineCapabilities = {
  ...NOTHING_BUILT,
  modes: { single: 'not-built', 'primary-replica': 'not-built', 'multi-primary': 'not-built', sharded: 'not-in-engine' },
  replication: { async: 'not-built', sync: 'not-built' },
  syncPromise: 'A commit is acknowledged once one replica has received it; it waits for as long as there is none.',
  pool: 'not-built',
};

const MARIADB: EngineCapabilities = {
  ...NOT_YET,
  modes: { ...NOT_YET.modes, single: 'works', 'primary-replica': 'works', 'multi-primary': 'works' },
  replication: { async: 'works', sync: 'works' },
  onlineAdd: 'works',
};

const NO_MYSQL =
  'Its driver is not built yet. MariaDB takes its place for most applications: it speaks the same protocol.';

export const MYSQL_FAMILY: readonly CatalogueEngine[] = [
  {
    id: 'mysql',
    title: 'MySQL',
    description: 'A widely used relational database.',
    versions: ['8.4', '8.0'],
    capabilities: NOT_YET,
    traits: TRAITS,
    notDeployable: NO_MYSQL,
  },
  {
    id: 'mariadb',
    title: 'MariaDB',
    description: 'The open-source relational database.',
    // Debian 12's, which the driver's contract runs on.
    versions: ['10.11'],
    capabilities: MARIADB,
    traits: { ...TRAITS, shortName: 'ma', peerPorts: { 'multi-primary': GALERA_PORTS } },
  },
];
