import { planDeployGroup, planDeployShards, planOperation, type Cluster, type AddNodeInput, type DeployClusterInput, type OperationKind, type OperationPlan, type OperationRequest, type RemoveNodeInput } from '@holdfast/domain';
import { acceptedOperation, CLUSTER_ID, deployInput, existing, node, requestedCluster, servingCluster } from '../../domain/src/cluster/cluster.test-support.js';
import type { Request } from './harness.js';

export const REPLICA = node(2);

/** What of a request differs from the usual one. */
export interface RequestChanges {
  /** Ordinal of the node that is promoted or removed; 2 when absent. */
  readonly target?: number;
  /** More fields of the input. */
  readonly input?: Partial<AddNodeInput & RemoveNodeInput>;
}

/** The request of each kind for a cluster of this shape. */
export const requestFor = (kind: OperationKind, shape: Partial<DeployClusterInput> = {}, changes: RequestChanges = {}): Request => {
  const operation = operationRequest(kind, shape, changes);
  const before = kind === 'deploy-cluster' ? [] : servingCluster(shape);
  const plan = planOf(before.length === 0 ? { status: 'absent' } : existing(...before), operation);
  return {
    input: { clusterId: CLUSTER_ID, clusterName: 'orders', kind, actor: 'token:admin', reason: 'A test.', input: operation.input, plan },
    history: (operationId) =>
      kind === 'deploy-cluster'
        ? [...requestedCluster(shape).slice(0, 1), acceptedOperation(operationId, kind)]
        : [...before, acceptedOperation(operationId, kind)],
  };
};

const operationRequest = (kind: OperationKind, shape: Partial<DeployClusterInput>, { target = REPLICA.ordinal, input = {} }: RequestChanges): OperationRequest => {
  switch (kind) {
    case 'deploy-cluster':
      return { kind, input: deployInput(shape) };
    case 'add-node':
      return { kind, input };
    case 'delete-cluster':
      return { kind, input: { confirm: 'orders' } };
    default:
      return { kind, input: { nodeId: node(target).nodeId, confirm: node(target).name, ...input } };
  }
};

const planOf = (cluster: Cluster, request: OperationRequest): OperationPlan => {
  // Runbooks know no engine: the catalogue's word on which engine has which mode is not theirs.
  if (request.kind === 'deploy-cluster') {
    const { mode, shards = 3, replicasPerShard = 1 } = request.input;
    if (mode === 'multi-primary') return planDeployGroup(CLUSTER_ID, request.input);
    if (mode === 'sharded') return planDeployShards(CLUSTER_ID, { ...request.input, shards, replicasPerShard });
  }
  const result = planOperation(cluster, request, { clusterId: CLUSTER_ID, generation: 1, offer: { engineVersions: ['18'] } });
  if (!result.planned) throw new Error(`${request.kind} has no plan: ${result.refusal.detail}`);
  return result.plan;
};

/** The plan with another deadline for one step. */
export const withDeadline = (plan: OperationPlan, step: string, deadlineMs: number): OperationPlan => ({
  ...plan,
  steps: plan.steps.map((planned) => (planned.name === step ? { ...planned, deadlineMs } : planned)),
});
