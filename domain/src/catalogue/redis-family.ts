import type { CatalogueEngine } from './catalogue-engine.js';
import { NOTHING_BUILT, type EngineCapabilities } from './engine-capabilities.js';
import type { EngineTraits } from './engine-traits.js';

const TRAITS: EngineTraits = {
  family: 'redis',
  shortName: 'rd',
  serverPort: 6379,
  endpointPorts: { readWrite: 6379, readOnly: 6380 },
  urlScheme: 'redis',
  namedDatabases: false,
  fencing: 'read-only',
  switchoverPauseMs: 200,
};

const CAPABILITIES: EngineCapabilities = {
  ...NOTHING_BUILT,
  modes: { single: 'not-built', 'primary-replica': 'not-built', 'multi-primary': 'not-in-engine', sharded: 'not-built' },
  replication: { async: 'not-built', sync: 'not-built' },
  syncPromise: 'Writes are refused while no replica is there to take them; one that was acknowledged may still be lost in a failover.',
  sharding: 'not-built',
  pointInTimeRecovery: 'not-in-engine',
};

const NOT_BUILT = 'Its driver is not built yet.';

export const REDIS_FAMILY: readonly CatalogueEngine[] = [
  {
    id: 'redis',
    title: 'Redis',
    description: 'An in-memory database, cache and message broker.',
    versions: ['8', '7'],
    capabilities: CAPABILITIES,
    traits: TRAITS,
    notDeployable: NOT_BUILT,
  },
  {
    id: 'valkey',
    title: 'Valkey',
    description: 'A flexible distributed key-value datastore.',
    versions: ['9', '8'],
    capabilities: CAPABILITIES,
    traits: { ...TRAITS, shortName: 'vk' },
    notDeployable: NOT_BUILT,
  },
  {
    id: 'keydb',
    title: 'KeyDB',
    description: 'A multithreaded key-value datastore.',
    versions: ['6'],
    capabilities: CAPABILITIES,
    traits: { ...TRAITS, shortName: 'kd' },
    notDeployable: NOT_BUILT,
  },
];
