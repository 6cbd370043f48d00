/** One family: PostgreSQL itself, and PostgreSQL with an extension that is part of the server from its start. */
export type PostgresqlFlavour = 'postgresql' | 'timescaledb';

export interface Flavour {
  /** What the machine is asked for; its versions are PostgreSQL's majors. */
  readonly software: string;
  /** Libraries that every server loads when it starts. They must be the same on a primary and its replicas. */
  readonly preloaded: readonly string[];
  /** Made in the application's database. */
  readonly extensions: readonly string[];
  /** Further settings of every node. */
  readonly settings: Readonly<Record<string, string>>;
}

export const FLAVOURS: Readonly<Record<PostgresqlFlavour, Flavour>> = {
  postgresql: { software: 'postgresql', preloaded: [], extensions: [], settings: {} },
  timescaledb: {
    software: 'timescaledb',
    preloaded: ['timescaledb'],
    extensions: ['timescaledb'],
    settings: {
      // By default each server tells its makers about itself once a day (docs.timescale.com, "Telemetry").
      'timescaledb.telemetry_level': 'off',
      // Room for its workers beside those of parallel queries (docs.timescale.com, "Worker settings"): 3 + 8 + 8.
      'timescaledb.max_background_workers': '8',
      max_worker_processes: '19',
    },
  },
};
