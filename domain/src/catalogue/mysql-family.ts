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

const CAPABILITIES: EngineCapabilities = {
  ...NOTHING_BUILT,
  modes: { single: 'works', 'primary-replica': 'works', 'multi-primary': 'not-built', sharded: 'not-in-engine' },
  replication: { async: 'works', sync: 'works' },
  syncPromise: 'A commit is acknowledged once one replica, whichever it is, has written it to its log, which may not be on its disk yet; it waits for as long as there is none.',
  onlineAdd: 'works',
  pool: 'not-built',
};

export const MYSQL_FAMILY: readonly CatalogueEngine[] = [
  {
    id: 'mysql',
    title: 'MySQL',
    description: 'A widely used relational database.',
    // The driver's contract runs on 9.7. The others can be asked for where the machines' own sources have them, which Debian's have not.
    versions: ['9.7', '8.4', '8.0'],
    capabilities: CAPABILITIES,
    traits: TRAITS,
  },
  {
    id: 'mariadb',
    title: 'MariaDB',
    description: 'The open-source relational database.',
    // Debian 12's, which the driver's contract runs on.
    versions: ['10.11'],
    capabilities: { ...CAPABILITIES, modes: { ...CAPABILITIES.modes, 'multi-primary': 'works' } },
    traits: { ...TRAITS, shortName: 'ma', peerPorts: { 'multi-primary': GALERA_PORTS } },
  },
];
