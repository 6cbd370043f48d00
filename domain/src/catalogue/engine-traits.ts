import type { Replication } from './engines.js';

/** What plans and activities need to know of an engine; the catalogue says what people see. */
export interface EngineTraits {
  /** Engines of one family share a driver. */
  readonly family: 'postgresql' | 'mysql' | 'redis';
  /** Begins the names of its nodes: `pg-3f9a1c`. */
  readonly shortName: string;
  /** The port its servers listen on. */
  readonly serverPort: number;
  /** Where clients knock. An endpoint's address is its own, so every cluster of the engine has the same ports. */
  readonly endpointPorts: { readonly readWrite: number; readonly readOnly: number };
  /** When a commit may be acknowledged. */
  readonly replication: readonly Replication[];
  /** How a primary is kept from writing while another takes over: it stops, or refuses writes and lets readers stay. */
  readonly fencing: 'stop' | 'read-only';
  /** What a switchover of an idle local cluster takes, as `./holdfast bench promote` measures it. */
  readonly switchoverPauseMs: number;
}

const POSTGRESQL: EngineTraits = {
  family: 'postgresql',
  shortName: 'pg',
  serverPort: 5432,
  endpointPorts: { readWrite: 5432, readOnly: 5433 },
  replication: ['async', 'sync'],
  fencing: 'stop',
  switchoverPauseMs: 300,
};

const MYSQL: EngineTraits = {
  family: 'mysql',
  shortName: 'my',
  serverPort: 3306,
  endpointPorts: { readWrite: 3306, readOnly: 3307 },
  replication: ['async', 'sync'],
  fencing: 'read-only',
  switchoverPauseMs: 500,
};

const REDIS: EngineTraits = {
  family: 'redis',
  shortName: 'rd',
  serverPort: 6379,
  endpointPorts: { readWrite: 6379, readOnly: 6380 },
  replication: ['async', 'sync'],
  fencing: 'read-only',
  switchoverPauseMs: 200,
};

const TRAITS: Readonly<Record<string, EngineTraits>> = {
  postgresql: POSTGRESQL,
  timescaledb: { ...POSTGRESQL, shortName: 'ts' },
  mysql: MYSQL,
  mariadb: { ...MYSQL, shortName: 'ma' },
  redis: REDIS,
  valkey: { ...REDIS, shortName: 'vk' },
  keydb: { ...REDIS, shortName: 'kd' },
};

export const findTraits = (engine: string): EngineTraits | undefined => TRAITS[engine];

/** Traits of an engine that a cluster has; one without them is a bug, since the catalogue let it be deployed. */
export const traitsOf = (engine: string): EngineTraits => {
  const traits = findTraits(engine);
  if (traits === undefined) throw new Error(`Nothing is known of engine ${engine}.`);
  return traits;
};
