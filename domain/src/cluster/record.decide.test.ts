import type { ClusterEvent } from './cluster.events.js';
import type { Cluster } from './cluster.state.js';
import { acceptedOperation, activated, CLUSTER_ID, failed, given, node, requestedCluster, reserved, servingCluster, succeeded } from './cluster.test-support.js';
import { decideRecord } from './record.decide.js';

const record = (event: ClusterEvent, operationId = 'op-2') => (cluster: Cluster) => decideRecord(cluster, operationId, event);
const busy = (...more: ClusterEvent[]): ClusterEvent[] => [...servingCluster(), acceptedOperation('op-2', 'promote-node'), ...more];
const about = (ordinal: number) => ({ clusterId: CLUSTER_ID, nodeId: node(ordinal).nodeId });

const fenced: ClusterEvent = { type: 'NodeFenced', data: { ...about(1), logPosition: '0/3000060' } };
const promoted: ClusterEvent = { type: 'NodePromoted', data: { ...about(2), demotedId: node(1).nodeId } };
const provisioned: ClusterEvent = { type: 'NodeProvisioned', data: { ...about(2), address: '127.0.0.3', port: 5432 } };
const endpoint = { clusterId: CLUSTER_ID, machineId: 'e', address: '127.0.0.9', readWritePort: 5432, readOnlyPort: 5433 };
const opened: ClusterEvent = { type: 'EndpointProvisioned', data: endpoint };
const routed: ClusterEvent = { type: 'EndpointRouted', data: { clusterId: CLUSTER_ID, readWriteNodeId: node(1).nodeId, readOnlyNodeIds: [node(2).nodeId] } };
const closed: ClusterEvent = { type: 'EndpointClosed', data: { clusterId: CLUSTER_ID } };
const end = { clusterId: CLUSTER_ID, operationId: 'op-2', kind: 'promote-node', durationMs: 5, step: 'verify', undone: [] } as const;

describe('recording what an operation did', () => {
  it('is for the holder of the lock', () => {
    given(...busy()).when(record(fenced)).thenAccepted(fenced);
  });
  it('is refused to a worker that wakes up after its operation has ended', () => {
    given(...busy(succeeded('op-2', 'promote-node'))).when(record(fenced)).thenRefused('conflict', 'lock-not-held');
  });
  it('is refused to another operation', () => {
    given(...busy()).when(record(fenced, 'op-1')).thenRefused('conflict', 'lock-not-held');
  });
  it('needs a cluster', () => {
    given().when(record(fenced)).thenRefused('not-found', 'unknown-cluster');
  });
  it('needs the node', () => {
    const stranger: ClusterEvent = { type: 'NodeConfigured', data: { clusterId: CLUSTER_ID, nodeId: 'stranger' } };
    given(...busy()).when(record(stranger)).thenRefused('conflict', 'unknown-node');
  });
  it('needs no node for a reservation, which makes one', () => {
    given(...busy()).when(record(reserved(4))).thenAccepted(reserved(4));
  });
});

describe('a second primary', () => {
  it('cannot be reserved', () => {
    const rival: ClusterEvent = { type: 'NodeReserved', data: { clusterId: CLUSTER_ID, ...node(4), role: 'primary', plan: 'SMALL-1C-1G' } };
    given(...busy()).when(record(rival)).thenRefused('conflict', 'second-primary');
  });
  it('cannot be promoted beside the first', () => {
    const beside: ClusterEvent = { type: 'NodePromoted', data: { ...about(2), demotedId: node(3).nodeId } };
    given(...busy()).when(record(beside)).thenRefused('conflict', 'second-primary');
  });
  it('is no second one where there is none', () => {
    given(...requestedCluster()).when(record(reserved(1), 'op-deploy')).thenAccepted(reserved(1));
  });
});

describe('what is recorded already is accepted without events, lock or not:', () => {
  const cases: [string, ClusterEvent[], ClusterEvent][] = [
    ['a reservation', busy(), reserved(3)],
    ['a release', busy({ type: 'NodeReleased', data: about(3) }), { type: 'NodeReleased', data: about(3) }],
    ['a removal', busy({ type: 'NodeRemoved', data: about(3) }), { type: 'NodeRemoved', data: about(3) }],
    ['a machine', busy(provisioned), provisioned],
    ['a promotion', busy(promoted), promoted],
    ['an endpoint', busy(opened), opened],
    ['a route', busy(opened, routed), routed],
    ['a closed endpoint', busy(), closed],
    ['a deployment', busy(), { type: 'ClusterDeployed', data: { clusterId: CLUSTER_ID } }],
    ['a deletion', busy({ type: 'ClusterDeleted', data: { clusterId: CLUSTER_ID } }), { type: 'ClusterDeleted', data: { clusterId: CLUSTER_ID } }],
    ['a discard', busy({ type: 'ClusterDiscarded', data: { clusterId: CLUSTER_ID } }), { type: 'ClusterDiscarded', data: { clusterId: CLUSTER_ID } }],
    ['a success', busy(succeeded('op-2', 'promote-node')), succeeded('op-2', 'promote-node')],
    ['a failure', busy(failed('op-2', 'promote-node')), failed('op-2', 'promote-node')],
    ['a cancellation', busy({ type: 'OperationCancelled', data: end }), { type: 'OperationCancelled', data: end }],
    ['an undoing', busy({ type: 'OperationUndone', data: { ...end, cause: 'x' } }), { type: 'OperationUndone', data: { ...end, cause: 'x' } }],
  ];
  it.each(cases)('%s', (_, history, event) => {
    given(...history).when(record(event, 'op-long-gone')).thenAccepted();
  });
});

describe('what is not recorded yet is recorded:', () => {
  const cases: [string, ClusterEvent[], ClusterEvent][] = [
    ['another address of a machine', busy({ ...provisioned, data: { ...provisioned.data, address: '127.0.0.4' } }), provisioned],
    ['another port of a machine', busy({ ...provisioned, data: { ...provisioned.data, port: 5433 } }), provisioned],
    ['another address of the endpoint', busy({ type: 'EndpointProvisioned', data: { ...endpoint, address: '127.0.0.8' } }), opened],
    ['another read-write port', busy({ type: 'EndpointProvisioned', data: { ...endpoint, readWritePort: 1 } }), opened],
    ['another read-only port', busy({ type: 'EndpointProvisioned', data: { ...endpoint, readOnlyPort: 1 } }), opened],
    ['a first route', busy(opened), routed],
    ['a route for other readers', busy(opened, { ...routed, data: { ...routed.data, readOnlyNodeIds: [] } }), routed],
    ['a closing', busy(opened), closed],
    ['an end of the operation', busy(), succeeded('op-2', 'promote-node')],
    ['a start', busy(), activated(2)],
  ];
  it.each(cases)('%s', (_, history, event) => {
    given(...history).when(record(event)).thenAccepted(event);
  });
  it('the end of an operation that the cluster does not know is refused', () => {
    given(...busy()).when(record(succeeded('op-9', 'add-node'), 'op-9')).thenRefused('conflict', 'lock-not-held');
  });
});
