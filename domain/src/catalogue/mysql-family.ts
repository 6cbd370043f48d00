import type { CatalogueEngine } from './catalogue-engine.js';
import { NOTHING_BUILT, type EngineCapabilities } from './engine-capabilities.js';
import type { EngineTraits } from './engine-traits.js';
import { GALERA_CHECK, GROUP_REPLICATION_CHECK } from './mysql-checks.js';

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

/** The group's own protocol (https://dev.mysql.com/doc/mysql-port-reference/en/mysql-ports-reference-tables.html). */
const GROUP_REPLICATION_PORTS = [33_061];

const CAPABILITIES: EngineCapabilities = {
  ...NOTHING_BUILT,
  modes: { single: 'works', 'primary-replica': 'works', 'multi-primary': 'works', sharded: 'not-in-engine' },
  replication: { async: 'works', sync: 'works' },
  syncPromise: 'A commit is acknowledged once one replica, whichever it is, has written it to its log, which may not be on its disk yet; it waits for as long as there is none.',
  onlineAdd: 'works',
  pool: 'not-built',
};

/** Group Replication was shown on 9.7 alone. */
const WITHOUT_GROUPS: Partial<EngineCapabilities> = { modes: { ...CAPABILITIES.modes, 'multi-primary': 'not-built' } };

export const MYSQL_FAMILY: readonly CatalogueEngine[] = [
  {
    id: 'mysql',
    title: 'MySQL',
    description: 'A widely used relational database.',
    // The driver's contract runs on 9.7. The others can be asked for where the machines' own sources have them, which Debian's have not.
    versions: ['9.7', '8.4', '8.0'],
    capabilities: CAPABILITIES,
    exceptions: { '8.4': WITHOUT_GROUPS, '8.0': WITHOUT_GROUPS },
    traits: { ...TRAITS, peerPorts: { 'multi-primary': GROUP_REPLICATION_PORTS }, memberChecks: { 'multi-primary': GROUP_REPLICATION_CHECK } },
  },
  {
    id: 'mariadb',
    title: 'MariaDB',
    description: 'The open-source relational database.',
    // Debian 12's, which the driver's contract runs on.
    versions: ['10.11'],
    capabilities: CAPABILITIES,
    traits: { ...TRAITS, shortName: 'ma', peerPorts: { 'multi-primary': GALERA_PORTS }, memberChecks: { 'multi-primary': GALERA_CHECK } },
  },
];
