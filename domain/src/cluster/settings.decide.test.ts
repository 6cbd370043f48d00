import type { ClusterEvent } from './cluster.events.js';
import type { Cluster } from './cluster.state.js';
import { acceptedOperation, CLUSTER_ID, given, servingCluster } from './cluster.test-support.js';
import { decideSettings } from './settings.decide.js';

const protect = (on: boolean) => (cluster: Cluster) => decideSettings(cluster, { terminationProtection: on });
const changed = (on: boolean): ClusterEvent => ({ type: 'SettingsChanged', data: { clusterId: CLUSTER_ID, terminationProtection: on } });

describe('termination protection', () => {
  it('is switched on and off', () => {
    given(...servingCluster()).when(protect(true)).thenAccepted(changed(true));
    given(...servingCluster(), changed(true)).when(protect(false)).thenAccepted(changed(false));
  });
  it('is not switched twice', () => {
    given(...servingCluster()).when(protect(false)).thenAccepted();
    given(...servingCluster(), changed(true)).when(protect(true)).thenAccepted();
  });
  it('can be switched while an operation runs', () => {
    given(...servingCluster(), acceptedOperation('op-2', 'add-node')).when(protect(true)).thenAccepted(changed(true));
  });
  it('comes too late once the deletion runs', () => {
    const { extra } = given(...servingCluster(), acceptedOperation('op-2', 'delete-cluster')).when(protect(true)).thenRefused('conflict', 'cluster-busy');
    expect(extra).toEqual({ operationId: 'op-2' });
  });
  it('can still be switched off while the deletion runs', () => {
    given(...servingCluster(), changed(true), acceptedOperation('op-2', 'delete-cluster')).when(protect(false)).thenAccepted(changed(false));
  });
  it('needs a cluster', () => {
    given().when(protect(true)).thenRefused('not-found', 'unknown-cluster');
    given(...servingCluster(), { type: 'ClusterDeleted', data: { clusterId: CLUSTER_ID } }).when(protect(true)).thenRefused('conflict', 'cluster-deleted');
  });
});
