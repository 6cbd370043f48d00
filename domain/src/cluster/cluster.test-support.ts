import { givenOf } from '../kernel/given.test-support.js';
import type { DeployClusterInput } from '../operation/operation-input.js';
import type { OperationKind } from '../operation/operation-kind.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import type { ClusterEvent } from './cluster.events.js';
import { foldCluster, type ExistingCluster } from './cluster.state.js';
import { nextNodes } from './node-identity.js';
import type { NodeRole } from './node-role.js';

export const CLUSTER_ID = 'c-orders-1';
export const given = givenOf(foldCluster);

export const deployInput = (changes: Partial<DeployClusterInput> = {}): DeployClusterInput => ({
  name: 'orders',
  engine: 'postgresql',
  version: '18',
  mode: 'primary-replica',
  nodes: 3,
  replication: 'async',
  provider: 'local',
  region: 'local',
  plan: 'SMALL-1C-1G',
  supportLevel: 1,
  ...changes,
});

/** Id and name of the node with this ordinal, counted from 1. */
export const node = (ordinal: number): { nodeId: string; name: string; ordinal: number } => {
  const found = nextNodes({ id: CLUSTER_ID, engine: 'postgresql', nodesEverReserved: 0, nodes: [] }, ordinal)[ordinal - 1];
  if (found === undefined) throw new Error(`There is no node ${ordinal}.`);
  return found;
};

const EMPTY_PLAN: OperationPlan = {
  kind: 'deploy-cluster',
  steps: [],
  subjects: [],
  nodesTouched: [],
  expectedWritePauseMs: 0,
  dataAtRisk: '',
  costChange: { perHourMicroUsd: 0, perMonthMicroUsd: 0 },
  warnings: [],
  undo: '',
};

/** An operation takes the lock. */
export const acceptedOperation = (operationId: string, kind: OperationKind): ClusterEvent => ({
  type: 'OperationAccepted',
  data: { clusterId: CLUSTER_ID, operationId, kind, input: deployInput(), plan: EMPTY_PLAN, planHash: `plan of ${operationId}`, requestHash: `request of ${operationId}` },
});

export const succeeded = (operationId: string, kind: OperationKind): ClusterEvent => ({
  type: 'OperationSucceeded',
  data: { clusterId: CLUSTER_ID, operationId, kind, durationMs: 1 },
});

export const failed = (operationId: string, kind: OperationKind): ClusterEvent => ({
  type: 'OperationFailed',
  data: { clusterId: CLUSTER_ID, operationId, kind, durationMs: 1, step: 'verify', problem: { code: 'command-failed', message: 'It failed.' }, undone: [] },
});

export const reserved = (ordinal: number): ClusterEvent => ({
  type: 'NodeReserved',
  data: { clusterId: CLUSTER_ID, ...node(ordinal), role: ordinal === 1 ? 'primary' : 'replica', plan: 'SMALL-1C-1G' },
});

export const activated = (ordinal: number): ClusterEvent =>
  ordinal === 1
    ? { type: 'PrimaryStarted', data: { clusterId: CLUSTER_ID, nodeId: node(1).nodeId } }
    : { type: 'ReplicaJoined', data: { clusterId: CLUSTER_ID, nodeId: node(ordinal).nodeId, upstreamId: node(1).nodeId } };

/** The request of a deployment, whose operation `op-deploy` holds the lock. */
export const requestedCluster = (changes: Partial<DeployClusterInput> = {}): ClusterEvent[] => {
  const { nodes: _, shards: __, ...rest } = deployInput(changes);
  return [{ type: 'ClusterRequested', data: { ...rest, clusterId: CLUSTER_ID, generation: 1 } }, acceptedOperation('op-deploy', 'deploy-cluster')];
};

/** Place of a node in a cluster of this shape: shard after shard, each its primary first. */
const placeOf = ({ mode, replicasPerShard = 1 }: Partial<DeployClusterInput>, ordinal: number): { role: NodeRole; shard?: number } => {
  if (mode === 'multi-primary') return { role: 'member' };
  if (mode !== 'sharded') return { role: ordinal === 1 ? 'primary' : 'replica' };
  const at = ordinal - 1;
  return { role: at % (1 + replicasPerShard) === 0 ? 'shard-primary' : 'shard-replica', shard: 1 + Math.floor(at / (1 + replicasPerShard)) };
};

/** As `reserved`, in a cluster of this shape. */
export const reservedIn = (shape: Partial<DeployClusterInput>, ordinal: number): ClusterEvent => ({
  type: 'NodeReserved',
  data: { clusterId: CLUSTER_ID, ...node(ordinal), ...placeOf(shape, ordinal), plan: 'SMALL-1C-1G' },
});

const activatedIn = ({ mode }: Partial<DeployClusterInput>, ordinal: number): ClusterEvent => {
  const data = { clusterId: CLUSTER_ID, nodeId: node(ordinal).nodeId };
  if (mode === 'multi-primary') return { type: 'MemberJoined', data };
  return mode === 'sharded' ? { type: 'ShardNodeJoined', data } : activated(ordinal);
};

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** A cluster that serves, nothing holds the lock: node 1 is the primary and the others stream from it, or as the mode has it. */
export const servingCluster = (changes: Partial<DeployClusterInput> = {}): ClusterEvent[] => [
  ...requestedCluster(changes),
  ...upTo(changes.nodes ?? 3).map((ordinal) => reservedIn(changes, ordinal)),
  ...upTo(changes.nodes ?? 3).map((ordinal) => activatedIn(changes, ordinal)),
  { type: 'ClusterDeployed', data: { clusterId: CLUSTER_ID } },
  succeeded('op-deploy', 'deploy-cluster'),
];

/** The folded state; throws where the history makes no cluster. */
export const existing = (...history: ClusterEvent[]): ExistingCluster => {
  const cluster = foldCluster(history);
  if (cluster.status === 'absent') throw new Error('There is no cluster.');
  return cluster;
};
