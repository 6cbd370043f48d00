import type { ClusterEvent } from './cluster.events.js';
import { machineIdsOf } from './cluster-machines.js';
import { ABSENT_CLUSTER } from './cluster.state.js';
import { acceptedOperation, CLUSTER_ID, existing, servingCluster, succeeded } from './cluster.test-support.js';

describe('the machines of a cluster', () => {
  it('may be there until all that deleted it is done', () => {
    const cluster = existing(...servingCluster());
    const deleted: ClusterEvent[] = [...servingCluster(), acceptedOperation('op-2', 'delete-cluster'), { type: 'ClusterDeleted', data: { clusterId: CLUSTER_ID } }];
    expect(machineIdsOf(ABSENT_CLUSTER)).toEqual([]);
    expect(machineIdsOf(cluster)).toEqual([...cluster.nodes.map(({ id }) => id), `${CLUSTER_ID}-endpoint`]);
    expect(machineIdsOf(existing(...deleted))).toContain(`${CLUSTER_ID}-endpoint`);
    expect(machineIdsOf(existing(...deleted, succeeded('op-2', 'delete-cluster')))).toEqual([]);
  });
});
