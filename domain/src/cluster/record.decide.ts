import { accept, refuse, type Decision } from '../kernel/decision.js';
import type { ClusterEvent } from './cluster.events.js';
import { findNode, type Cluster, type ClusterNode, type ExistingCluster } from './cluster.state.js';
import type { NodeRole } from './node-role.js';

/**
 * Decides whether a running operation may record what it did. Only the holder of the lock may: a paused worker that wakes up
 * after its operation has ended is refused here. What is recorded already is accepted without events.
 */
export const decideRecord = (cluster: Cluster, operationId: string, event: ClusterEvent): Decision<ClusterEvent> => {
  if (cluster.status === 'absent') return refuse('not-found', 'unknown-cluster', 'There is no such cluster.');
  if (isRecorded(cluster, event)) return accept();
  if (cluster.busyWith?.operationId !== operationId) {
    return refuse('conflict', 'lock-not-held', `Operation ${operationId} does not hold the lock of cluster ${cluster.name}.`);
  }
  if (needsNode(event) && findNode(cluster, event.data.nodeId) === undefined) {
    return refuse('conflict', 'unknown-node', `Cluster ${cluster.name} has no node ${event.data.nodeId}.`);
  }
  if (makesSecondPrimary(cluster, event)) {
    return refuse('conflict', 'second-primary', `Cluster ${cluster.name} has another primary; two would split its data.`);
  }
  return accept(event);
};

/** The last line of defence behind the plans: whatever a workflow claims, the facts never say that two nodes are primary. */
const makesSecondPrimary = (cluster: ExistingCluster, event: ClusterEvent): boolean => {
  if (event.type === 'NodeReserved') return isPrimaryRole(event.data.role) && primaryBeside(cluster, event.data.shard) !== undefined;
  if (event.type !== 'NodePromoted') return false;
  const primary = primaryBeside(cluster, findNode(cluster, event.data.nodeId)?.shard);
  return primary !== undefined && event.data.demotedId !== primary.id;
};

const isPrimaryRole = (role: NodeRole): boolean => role === 'primary' || role === 'shard-primary';

/** The primary of the shard, or of the cluster where it has none. */
const primaryBeside = (cluster: ExistingCluster, shard: number | undefined): ClusterNode | undefined =>
  cluster.nodes.find((node) => isPrimaryRole(node.role) && node.shard === shard);

const needsNode = (event: ClusterEvent): event is Extract<ClusterEvent, { data: { nodeId: string } }> =>
  'nodeId' in event.data && event.type !== 'NodeReserved';

/** True when the state already says what the event would say. */
const isRecorded = (cluster: ExistingCluster, event: ClusterEvent): boolean => {
  switch (event.type) {
    case 'NodeReserved':
      return findNode(cluster, event.data.nodeId) !== undefined;
    case 'NodeReleased':
    case 'NodeRemoved':
      return findNode(cluster, event.data.nodeId) === undefined;
    case 'NodeProvisioned': {
      const node = findNode(cluster, event.data.nodeId);
      return node?.address === event.data.address && node.port === event.data.port;
    }
    case 'NodePromoted':
      return isPrimaryRole(findNode(cluster, event.data.nodeId)?.role ?? 'replica');
    case 'EndpointProvisioned':
      return (
        cluster.endpoint?.address === event.data.address &&
        cluster.endpoint.readWritePort === event.data.readWritePort &&
        cluster.endpoint.readOnlyPort === event.data.readOnlyPort
      );
    case 'EndpointRouted':
      return (
        cluster.endpoint?.readWriteNodeId === event.data.readWriteNodeId &&
        cluster.endpoint.readOnlyNodeIds.join() === event.data.readOnlyNodeIds.join()
      );
    case 'EndpointClosed':
      return cluster.endpoint === undefined;
    case 'ClusterDeployed':
      return cluster.status === 'running';
    case 'ClusterDiscarded':
    case 'ClusterDeleted':
      return cluster.status === 'deleted';
    case 'OperationSucceeded':
    case 'OperationFailed':
    case 'OperationCancelled':
    case 'OperationUndone':
      return (cluster.operations[event.data.operationId]?.outcome ?? 'running') !== 'running';
    default:
      return false;
  }
};
