import type { ClusterMode, Replication } from '../catalogue/engine-capabilities.js';
import type { OperationInputs } from '../operation/operation-input.js';
import type { OperationKind } from '../operation/operation-kind.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import type { StepProblem } from '../operation/operation.events.js';
import type { NodeRole } from './node-role.js';

/** Everything that happens to one cluster, in stream `cluster-{id}`. The stream is also the lock: see OperationAccepted. */
export type ClusterEvent = ClusterLifeEvent | ClusterNodeEvent | OperationBoundaryEvent;

export type ClusterLifeEvent =
  | {
      type: 'ClusterRequested';
      data: {
        clusterId: string;
        name: string;
        /** Counts the clusters that have borne this name, from 1. */
        generation: number;
        engine: string;
        version: string;
        mode: ClusterMode;
        replication: Replication;
        provider: string;
        region: string;
        plan: string;
        supportLevel: 1 | 2 | 3;
        /** Only of a sharded cluster. */
        replicasPerShard?: number;
      };
    }
  | { type: 'ClusterDeployed'; data: { clusterId: string } }
  | { type: 'SettingsChanged'; data: { clusterId: string; terminationProtection: boolean } }
  | { type: 'CredentialsRevealed'; data: { clusterId: string } }
  /** A deployment was undone: nothing of it is left, and the name is free. */
  | { type: 'ClusterDiscarded'; data: { clusterId: string } }
  | { type: 'ClusterDeleted'; data: { clusterId: string } };

export type ClusterNodeEvent =
  | { type: 'NodeReserved'; data: NodeData & { name: string; ordinal: number; role: NodeRole; plan: string; shard?: number } }
  /** A reservation was undone, with everything that stood on it. */
  | { type: 'NodeReleased'; data: NodeData }
  | { type: 'NodeProvisioned'; data: NodeData & { address: string; port: number } }
  | { type: 'NodeConfigured'; data: NodeData }
  | { type: 'PrimaryStarted'; data: NodeData }
  | { type: 'ReplicaJoined'; data: NodeData & { upstreamId: string } }
  /** In sync with its group, and takes writes. */
  | { type: 'MemberJoined'; data: NodeData }
  /** A primary that serves its slots, or a replica that streams from it. */
  | { type: 'ShardNodeJoined'; data: NodeData }
  /** How many slots each shard's primary serves now; no other serves any. */
  | { type: 'SlotsSpread'; data: { clusterId: string; slots: readonly { nodeId: string; count: number }[] } }
  | { type: 'NodeAdded'; data: NodeData }
  /** The primary was stopped in good order, so that another can take over. */
  | { type: 'NodeFenced'; data: NodeData & { logPosition: string } }
  /** A fenced primary serves again: the switchover was undone. */
  | { type: 'NodeUnfenced'; data: NodeData }
  | { type: 'NodePromoted'; data: NodeData & { demotedId: string } }
  | { type: 'NodeRejoined'; data: NodeData & { upstreamId: string; way: 'as-is' | 'rewind' | 'clone' } }
  | { type: 'NodeRemoved'; data: NodeData }
  | { type: 'EndpointProvisioned'; data: { clusterId: string; machineId: string; address: string; readWritePort: number; readOnlyPort: number } }
  | { type: 'EndpointRouted'; data: { clusterId: string; readWriteNodeId: string; readOnlyNodeIds: readonly string[] } }
  | { type: 'EndpointClosed'; data: { clusterId: string } };

export type OperationBoundaryEvent =
  | { type: 'OperationAccepted'; data: OperationAcceptedData }
  | { type: 'OperationSucceeded'; data: OperationEndData }
  /** A step failed for good; what had been done was undone. */
  | { type: 'OperationFailed'; data: OperationEndData & { step: string; problem: StepProblem; undone: readonly string[] } }
  /** Somebody cancelled it; what had been done was undone. */
  | { type: 'OperationCancelled'; data: OperationEndData & { step: string; undone: readonly string[] } }
  /** It was stopped by an answer to a stuck step, or from outside; what had been done was undone. */
  | { type: 'OperationUndone'; data: OperationEndData & { step: string; cause: string; undone: readonly string[] } };

interface NodeData {
  clusterId: string;
  nodeId: string;
}

interface OperationEndData {
  clusterId: string;
  operationId: string;
  kind: OperationKind;
  durationMs: number;
}

export interface OperationAcceptedData {
  clusterId: string;
  operationId: string;
  kind: OperationKind;
  input: OperationInputs[OperationKind];
  plan: OperationPlan;
  planHash: string;
  /** Digest of the request's body: the same Idempotency-Key with another body is refused. */
  requestHash: string;
}

export const clusterStream = (clusterId: string): string => `cluster-${clusterId}`;
export const CLUSTER_STREAM_PREFIX = 'cluster-';
export const OPERATION_STREAM_PREFIX = 'operation-';
