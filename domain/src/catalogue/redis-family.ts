import type { CatalogueEngine } from './catalogue-engine.js';
import { NOTHING_BUILT, type EngineCapabilities } from './engine-capabilities.js';
import type { EngineTraits } from './engine-traits.js';

const TRAITS: EngineTraits = {
  family: 'redis',
  shortName: 'rd',
  serverPort: 6379,
  // The cluster bus: the server's port and 10000, unless cluster-port says otherwise (redis.conf).
  peerPorts: { sharded: [16379] },
  endpointPorts: { readWrite: 6379, readOnly: 6380 },
  urlScheme: 'redis',
  namedDatabases: false,
  fencing: 'read-only',
  switchoverPauseMs: 200,
};

const CAPABILITIES: EngineCapabilities = {
  ...NOTHING_BUILT,
  modes: { single: 'works', 'primary-replica': 'works', 'multi-primary': 'not-in-engine', sharded: 'works' },
  replication: { async: 'works', sync: 'works' },
  syncPromise:
    'Writes are refused while no replica has confirmed anything for 3 seconds. The server still acknowledges a write before a replica has it; a client that must know that one has it sends WAIT.',
  sharding: 'works',
  pointInTimeRecovery: 'not-in-engine',
  onlineAdd: 'works',
};

const NO_KEYDB =
  'No KeyDB server can be had to test its driver on: neither Debian 12 and 13 nor the package registries of Python and npm have one. Valkey takes its place: it speaks the same protocol.';

export const REDIS_FAMILY: readonly CatalogueEngine[] = [
  {
    id: 'redis',
    title: 'Redis',
    description: 'An in-memory database, cache and message broker.',
    versions: ['8', '7'],
    capabilities: CAPABILITIES,
    traits: TRAITS,
  },
  {
    id: 'valkey',
    title: 'Valkey',
    description: 'A flexible distributed key-value datastore.',
    versions: ['9', '8'],
    capabilities: CAPABILITIES,
    traits: { ...TRAITS, shortName: 'vk' },
  },
  {
    id: 'keydb',
    title: 'KeyDB',
    description: 'A multithreaded key-value datastore.',
    versions: ['6'],
    capabilities: NOTHING_BUILT,
    traits: { ...TRAITS, shortName: 'kd' },
    notDeployable: NO_KEYDB,
  },
];
