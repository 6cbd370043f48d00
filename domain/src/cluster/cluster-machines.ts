import type { Cluster } from './cluster.state.js';
import { endpointMachineId } from './node-identity.js';

/** Ids of every machine that may be there: while the cluster exists, or an operation works on it, its endpoint's too. */
export const machineIdsOf = (cluster: Cluster): string[] => {
  if (cluster.status === 'absent' || (cluster.status === 'deleted' && cluster.busyWith === undefined)) return [];
  return [...cluster.nodes.map((node) => node.id), endpointMachineId(cluster.id)];
};
