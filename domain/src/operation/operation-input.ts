import type { ClusterMode, Replication } from '../catalogue/engine-capabilities.js';

export interface DeployClusterInput {
  readonly name: string;
  readonly engine: string;
  readonly version: string;
  readonly mode: ClusterMode;
  /** All of them; of a sharded cluster shards × (1 + replicasPerShard). */
  readonly nodes: number;
  /** Only of a sharded cluster: at least 3. */
  readonly shards?: number;
  /** Only of a sharded cluster: replicas of each shard. */
  readonly replicasPerShard?: number;
  readonly replication: Replication;
  readonly provider: string;
  readonly region: string;
  readonly plan: string;
  readonly supportLevel: 1 | 2 | 3;
}

export interface AddNodeInput {
  /** Machine size; the cluster's own when absent. */
  readonly plan?: string;
  /** Only of a sharded cluster: one more replica of the shard with this number. */
  readonly shard?: number;
  /** Only of a sharded cluster: one more shard, a primary with as many replicas as each shard was deployed with. */
  readonly newShard?: boolean;
}

export interface PromoteNodeInput {
  readonly nodeId: string;
  /** The node's name, typed. */
  readonly confirm: string;
}

export interface RemoveNodeInput {
  readonly nodeId: string;
  /** The node's name, typed. */
  readonly confirm: string;
  /** Only of a sharded cluster: the node's whole shard goes, its data moved to the others first. */
  readonly wholeShard?: boolean;
  /** Only of a group: the member is lost, with its machine or to the others, and is taken out without its goodbye. */
  readonly lost?: boolean;
}

export interface DeleteClusterInput {
  /** The cluster's name, typed. */
  readonly confirm: string;
}

/** The input of each kind of operation. */
export interface OperationInputs {
  readonly 'deploy-cluster': DeployClusterInput;
  readonly 'add-node': AddNodeInput;
  readonly 'promote-node': PromoteNodeInput;
  readonly 'remove-node': RemoveNodeInput;
  readonly 'delete-cluster': DeleteClusterInput;
}

export type OperationRequest = { readonly [K in keyof OperationInputs]: { readonly kind: K; readonly input: OperationInputs[K] } }[keyof OperationInputs];
