import type { SyncPolicy } from '../ports/engine.js';
import type { ExistingCluster } from './cluster.state.js';

/** Replicas that must confirm a commit of a synchronous cluster. One bounds the write pause of a slow replica, and survives one loss. */
export const SYNC_REPLICAS_REQUIRED = 1;

/**
 * The rule is the same text on every node, the primary's own name included: a server ignores it while it is a replica and
 * itself while it is the primary, so it is in force in the very moment of a promotion.
 */
export const syncPolicyOf = (cluster: Pick<ExistingCluster, 'replication'>, nodeNames: readonly string[]): SyncPolicy =>
  cluster.replication === 'sync' && nodeNames.length > 1
    ? { required: SYNC_REPLICAS_REQUIRED, among: [...nodeNames].sort() }
    : { required: 0, among: [] };
