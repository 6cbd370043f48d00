/** How the nodes of a cluster share the work. */
export type ClusterMode = 'single' | 'primary-replica' | 'multi-primary' | 'sharded';

/** When a commit is acknowledged: `async` by the primary alone, `sync` once at least one replica has it; what that promises is the engine's `syncPromise`. */
export type Replication = 'async' | 'sync';

/** `works`: built, and tested on real servers. `not-built`: the engine can, Holdfast cannot yet. `not-in-engine`: the engine has no such thing. */
export type Standing = 'works' | 'not-built' | 'not-in-engine';

/** What Holdfast can do with one version of an engine. Refusals, plans and the catalogue's answers come from here. */
export interface EngineCapabilities {
  readonly modes: Readonly<Record<ClusterMode, Standing>>;
  readonly replication: Readonly<Record<Replication, Standing>>;
  /** What `sync` promises with this engine, as a sentence; absent where it has none. */
  readonly syncPromise?: string;
  /** Shards are added and removed while clients write. */
  readonly sharding: Standing;
  /** A backup is restored as of any moment. */
  readonly pointInTimeRecovery: Standing;
  /** A node joins while clients write. */
  readonly onlineAdd: Standing;
  /** Only listed addresses may connect. */
  readonly allowlist: Standing;
  /** Clients share connections to the servers. */
  readonly pool: Standing;
}

/** Most engines differ in few points from one that has nothing but one node. */
export const NOTHING_BUILT: EngineCapabilities = {
  modes: { single: 'not-built', 'primary-replica': 'not-built', 'multi-primary': 'not-in-engine', sharded: 'not-in-engine' },
  replication: { async: 'not-built', sync: 'not-in-engine' },
  sharding: 'not-in-engine',
  pointInTimeRecovery: 'not-built',
  onlineAdd: 'not-built',
  allowlist: 'not-built',
  pool: 'not-in-engine',
};

/** The keys of a row of the table that work, in the table's order. */
export const working = <Key extends string>(row: Readonly<Record<Key, Standing>>): Key[] =>
  (Object.entries(row) as [Key, Standing][]).filter(([, standing]) => standing === 'works').map(([key]) => key);
