import type { ClusterMode, Replication } from '../catalogue/engine-capabilities.js';
import type { OperationKind } from '../operation/operation-kind.js';
import type { ClusterEvent, ClusterLifeEvent, ClusterNodeEvent, OperationBoundaryEvent } from './cluster.events.js';
import type { NodeRole } from './node-role.js';

/** `reserved` → `provisioned` → `configured` → `active`; a primary is `fenced` while another takes over. */
export type NodeStatus = 'reserved' | 'provisioned' | 'configured' | 'active' | 'fenced';

export interface ClusterNode {
  readonly id: string;
  readonly name: string;
  readonly ordinal: number;
  readonly role: NodeRole;
  readonly status: NodeStatus;
  readonly plan: string;
  /** Number of its shard, from 1; only in a sharded cluster. */
  readonly shard?: number;
  /** How many slots it served when they were last spread; only of a shard's primary. */
  readonly slots?: number;
  readonly address?: string;
  readonly port?: number;
}

export interface ClusterEndpoint {
  readonly machineId: string;
  readonly address: string;
  readonly readWritePort: number;
  readonly readOnlyPort: number;
  readonly readWriteNodeId?: string;
  readonly readOnlyNodeIds: readonly string[];
}

export type OperationOutcome = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'undone';

export interface OperationRecord {
  readonly id: string;
  readonly kind: OperationKind;
  readonly requestHash: string;
  readonly planHash: string;
  readonly outcome: OperationOutcome;
}

export interface ExistingCluster {
  readonly status: 'deploying' | 'running' | 'deleted';
  readonly id: string;
  readonly name: string;
  readonly generation: number;
  readonly engine: string;
  readonly version: string;
  readonly mode: ClusterMode;
  readonly replication: Replication;
  readonly provider: string;
  readonly region: string;
  readonly plan: string;
  readonly supportLevel: 1 | 2 | 3;
  /** Replicas that a new shard gets; only of a sharded cluster. */
  readonly replicasPerShard?: number;
  readonly terminationProtection: boolean;
  /** In the order of their ordinals. */
  readonly nodes: readonly ClusterNode[];
  /** How many nodes were ever reserved: names are never used again. */
  readonly nodesEverReserved: number;
  readonly endpoint?: ClusterEndpoint;
  /** The operation that holds the lock. */
  readonly busyWith?: { readonly operationId: string; readonly kind: OperationKind };
  /** Every operation ever accepted, so that a repeated request finds its first answer. */
  readonly operations: Readonly<Record<string, OperationRecord>>;
}

export type Cluster = { readonly status: 'absent' } | ExistingCluster;

export const ABSENT_CLUSTER: Cluster = { status: 'absent' };

/** Folds one fact into the state. Unknown types (of a newer version) change nothing. */
export const evolveCluster = (cluster: Cluster, event: ClusterEvent): Cluster => {
  if (event.type === 'ClusterRequested') return requested(event.data);
  if (cluster.status === 'absent') return cluster;
  if (isBoundary(event)) return evolveBoundary(cluster, event);
  if (isNodeEvent(event)) return evolveNode(cluster, event);
  return evolveLife(cluster, event);
};

export const foldCluster = (events: Iterable<ClusterEvent>): Cluster => {
  let cluster: Cluster = ABSENT_CLUSTER;
  for (const event of events) cluster = evolveCluster(cluster, event);
  return cluster;
};

const requested = (data: Extract<ClusterLifeEvent, { type: 'ClusterRequested' }>['data']): ExistingCluster => {
  const { clusterId, ...rest } = data;
  return { ...rest, id: clusterId, status: 'deploying', terminationProtection: false, nodes: [], nodesEverReserved: 0, operations: {} };
};

const isBoundary = (event: ClusterEvent): event is OperationBoundaryEvent => event.type === 'OperationAccepted' || event.type in OUTCOMES;
const isNodeEvent = (event: ClusterEvent): event is ClusterNodeEvent => 'nodeId' in event.data || event.type.startsWith('Endpoint') || event.type === 'SlotsSpread';

const evolveLife = (cluster: ExistingCluster, event: ClusterLifeEvent): ExistingCluster => {
  switch (event.type) {
    case 'ClusterDeployed':
      return { ...cluster, status: 'running' };
    case 'SettingsChanged':
      return { ...cluster, terminationProtection: event.data.terminationProtection };
    case 'ClusterDiscarded':
    case 'ClusterDeleted': {
      const { endpoint: _, ...rest } = cluster;
      return { ...rest, status: 'deleted', nodes: [] };
    }
    default:
      return cluster;
  }
};

const OUTCOMES = {
  OperationSucceeded: 'succeeded',
  OperationFailed: 'failed',
  OperationCancelled: 'cancelled',
  OperationUndone: 'undone',
} as const;

const evolveBoundary = (cluster: ExistingCluster, event: OperationBoundaryEvent): ExistingCluster => {
  if (event.type === 'OperationAccepted') {
    const { operationId, kind, requestHash, planHash } = event.data;
    const record: OperationRecord = { id: operationId, kind, requestHash, planHash, outcome: 'running' };
    return { ...cluster, busyWith: { operationId, kind }, operations: { ...cluster.operations, [operationId]: record } };
  }
  const ended = cluster.operations[event.data.operationId];
  if (ended === undefined) return cluster;
  const operations = { ...cluster.operations, [ended.id]: { ...ended, outcome: OUTCOMES[event.type] } };
  // Only the holder's end frees the lock.
  if (cluster.busyWith?.operationId !== ended.id) return { ...cluster, operations };
  const { busyWith: _, ...free } = cluster;
  return { ...free, operations };
};

const evolveNode = (cluster: ExistingCluster, event: ClusterNodeEvent): ExistingCluster => {
  switch (event.type) {
    case 'NodeReserved': {
      const { clusterId: _, nodeId, ...reserved } = event.data;
      const node: ClusterNode = { id: nodeId, ...reserved, status: 'reserved' };
      return { ...cluster, nodes: [...cluster.nodes, node], nodesEverReserved: Math.max(cluster.nodesEverReserved, node.ordinal) };
    }
    case 'NodeReleased':
    case 'NodeRemoved':
      return withMode({ ...cluster, nodes: cluster.nodes.filter((node) => node.id !== event.data.nodeId) });
    case 'NodeProvisioned':
      return patchNode(cluster, event.data.nodeId, { status: 'provisioned', address: event.data.address, port: event.data.port });
    case 'NodeConfigured':
      return patchNode(cluster, event.data.nodeId, { status: 'configured' });
    case 'PrimaryStarted':
    case 'ReplicaJoined':
    case 'MemberJoined':
    case 'ShardNodeJoined':
    case 'NodeUnfenced':
      return patchNode(cluster, event.data.nodeId, { status: 'active' });
    case 'SlotsSpread':
      return spread(cluster, event.data.slots);
    case 'NodeAdded':
      return withMode(cluster);
    case 'NodeFenced':
      return patchNode(cluster, event.data.nodeId, { status: 'fenced' });
    case 'NodePromoted':
      return promoted(cluster, event.data);
    case 'NodeRejoined':
      return patchNode(cluster, event.data.nodeId, { role: 'replica', status: 'active' });
    default:
      return evolveEndpoint(cluster, event);
  }
};

const evolveEndpoint = (
  cluster: ExistingCluster,
  event: Extract<ClusterNodeEvent, { type: 'EndpointProvisioned' | 'EndpointRouted' | 'EndpointClosed' }>,
): ExistingCluster => {
  switch (event.type) {
    case 'EndpointProvisioned': {
      const { clusterId: _, ...endpoint } = event.data;
      return { ...cluster, endpoint: { ...endpoint, readOnlyNodeIds: [] } };
    }
    case 'EndpointRouted':
      if (cluster.endpoint === undefined) return cluster;
      return {
        ...cluster,
        endpoint: { ...cluster.endpoint, readWriteNodeId: event.data.readWriteNodeId, readOnlyNodeIds: event.data.readOnlyNodeIds },
      };
    case 'EndpointClosed': {
      const { endpoint: _, ...rest } = cluster;
      return rest;
    }
    default:
      return cluster;
  }
};

const patchNode = (cluster: ExistingCluster, nodeId: string, patch: Partial<ClusterNode>): ExistingCluster => ({
  ...cluster,
  nodes: cluster.nodes.map((node) => (node.id === nodeId ? { ...node, ...patch } : node)),
});

const spread = (cluster: ExistingCluster, slots: readonly { nodeId: string; count: number }[]): ExistingCluster => ({
  ...cluster,
  nodes: cluster.nodes.map(({ slots: _, ...node }) => {
    const count = slots.find(({ nodeId }) => nodeId === node.id)?.count;
    return count === undefined ? node : { ...node, slots: count };
  }),
});

const promoted = (cluster: ExistingCluster, { nodeId, demotedId }: { nodeId: string; demotedId: string }): ExistingCluster => {
  const sharded = cluster.mode === 'sharded';
  const demoted = patchNode(handSlots(cluster, demotedId, nodeId), demotedId, { role: sharded ? 'shard-replica' : 'replica' });
  return patchNode(demoted, nodeId, { role: sharded ? 'shard-primary' : 'primary' });
};

/** A takeover moves no slot to another shard. */
const handSlots = (cluster: ExistingCluster, from: string, to: string): ExistingCluster =>
  spread(cluster, cluster.nodes.flatMap(({ id, slots }) => (slots === undefined ? [] : [{ nodeId: id === from ? to : id, count: slots }])));

/** A cluster of one node is `single`; it becomes `primary-replica` with its second node, and back. The other modes stay what they are. */
const withMode = (cluster: ExistingCluster): ExistingCluster =>
  cluster.mode === 'multi-primary' || cluster.mode === 'sharded' ? cluster : { ...cluster, mode: cluster.nodes.length > 1 ? 'primary-replica' : 'single' };

export const primaryOf = (cluster: ExistingCluster): ClusterNode | undefined => cluster.nodes.find((node) => node.role === 'primary');
/** The primary of a cluster that serves; a running cluster without one is a bug, and no plan may be made around it. */
export const servingPrimaryOf = (cluster: ExistingCluster): ClusterNode => {
  const primary = primaryOf(cluster);
  if (primary === undefined) throw new Error(`Cluster ${cluster.name} has no primary.`);
  return primary;
};
export const replicasOf = (cluster: ExistingCluster): readonly ClusterNode[] => cluster.nodes.filter((node) => node.role === 'replica');
/** The primaries of all shards, in the order of the shards. */
export const shardPrimariesOf = (cluster: ExistingCluster): readonly ClusterNode[] =>
  cluster.nodes.filter((node) => node.role === 'shard-primary').sort((one, other) => Number(one.shard) - Number(other.shard));
/** Where clients of a sharded cluster begin: every node that serves, primaries first, in the order of the shards. Any of them leads to all. */
export const seedsOf = (cluster: ExistingCluster): { readonly host: string; readonly port: number }[] =>
  [...shardPrimariesOf(cluster), ...cluster.nodes.filter((node) => node.role === 'shard-replica')].flatMap(({ status, address, port }) =>
    status === 'active' && address !== undefined && port !== undefined ? [{ host: address, port }] : [],
  );

/** By id or by name. */
export const findNode = (cluster: ExistingCluster, idOrName: string): ClusterNode | undefined =>
  cluster.nodes.find((node) => node.id === idOrName || node.name === idOrName);

/** The state as people read it. */
export type ClusterStatusWord = 'deploying' | 'running' | 'changing' | 'deleting' | 'deleted';

export const statusWord = (cluster: ExistingCluster): ClusterStatusWord => {
  if (cluster.status !== 'running' || cluster.busyWith === undefined) return cluster.status;
  return cluster.busyWith.kind === 'delete-cluster' ? 'deleting' : 'changing';
};
