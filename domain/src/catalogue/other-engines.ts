import type { CatalogueEngine } from './catalogue-engine.js';
import { NOTHING_BUILT } from './engine-capabilities.js';

/** Engines without a driver: what they could do, and why they cannot be deployed. */
export const OTHER_ENGINES: readonly CatalogueEngine[] = [
  {
    id: 'clickhouse',
    title: 'ClickHouse',
    description: 'A column-oriented database for online analytical processing.',
    versions: ['25'],
    capabilities: { ...NOTHING_BUILT, modes: { ...NOTHING_BUILT.modes, sharded: 'not-built' }, sharding: 'not-built', pointInTimeRecovery: 'not-in-engine' },
    notDeployable: "Its driver is not built yet, and these machines' sources have only version 18.16 of 2018 (Debian 12); its makers' repository has current ones.",
  },
  {
    id: 'scylladb',
    title: 'ScyllaDB',
    description: 'A NoSQL database for demanding applications.',
    versions: ['6'],
    capabilities: {
      ...NOTHING_BUILT,
      modes: { single: 'not-built', 'primary-replica': 'not-in-engine', 'multi-primary': 'not-built', sharded: 'not-in-engine' },
      replication: { async: 'not-built', sync: 'not-built' },
      syncPromise: 'Each request says how many nodes confirm it.',
      pointInTimeRecovery: 'not-in-engine',
    },
    notDeployable: "Its driver is not built yet, and no source of these machines has its package: Debian has none; its makers' repository has.",
  },
  {
    id: 'influxdb',
    title: 'InfluxDB',
    description: 'A datastore for IoT, analytics and monitoring.',
    versions: ['2'],
    capabilities: {
      ...NOTHING_BUILT,
      modes: { single: 'not-built', 'primary-replica': 'not-in-engine', 'multi-primary': 'not-in-engine', sharded: 'not-in-engine' },
      replication: { async: 'not-in-engine', sync: 'not-in-engine' },
      pointInTimeRecovery: 'not-in-engine',
      onlineAdd: 'not-in-engine',
    },
    notDeployable: "Its driver is not built yet, and these machines' sources have only version 1.6 (Debian 12); its makers' repository has 2.",
  },
];
