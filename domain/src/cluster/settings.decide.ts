import { accept, refuse, type Decision } from '../kernel/decision.js';
import type { ClusterEvent } from './cluster.events.js';
import type { Cluster } from './cluster.state.js';

/** Settings take no lock: they change no server. */
export const decideSettings = (cluster: Cluster, settings: { readonly terminationProtection: boolean }): Decision<ClusterEvent> => {
  if (cluster.status === 'absent') return refuse('not-found', 'unknown-cluster', 'There is no such cluster.');
  if (cluster.status === 'deleted') return refuse('conflict', 'cluster-deleted', `Cluster ${cluster.name} is deleted.`);
  if (cluster.terminationProtection === settings.terminationProtection) return accept();
  if (settings.terminationProtection && cluster.busyWith?.kind === 'delete-cluster') {
    return refuse('conflict', 'cluster-busy', `Cluster ${cluster.name} is being deleted.`, { operationId: cluster.busyWith.operationId });
  }
  return accept<ClusterEvent>({ type: 'SettingsChanged', data: { clusterId: cluster.id, terminationProtection: settings.terminationProtection } });
};
