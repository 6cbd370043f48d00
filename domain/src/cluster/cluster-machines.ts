import type { Cluster } from './cluster.state.js';
import { endpointMachineId } from './node-identity.js';

/**
 * Ids of every machine that may be there, for all who ask: a node's from before it is made until it is destroyed, since it is in the
 * facts for that long; the endpoint's while the cluster exists, or an operation still works on it.
 */
export const machineIdsOf = (cluster: Cluster): string[] => {
  if (cluster.status === 'absent' || (cluster.status === 'deleted' && cluster.busyWith === undefined)) return [];
  return [...cluster.nodes.map((node) => node.id), endpointMachineId(cluster.id)];
};
