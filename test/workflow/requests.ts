import { planOperation, type Cluster, type DeployClusterInput, type OperationKind, type OperationPlan, type OperationRequest } from '@holdfast/domain';
import { acceptedOperation, CLUSTER_ID, deployInput, existing, node, requestedCluster, servingCluster } from '../../domain/src/cluster/cluster.test-support.js';
import type { Request } from './harness.js';

export const REPLICA = node(2);

/** The request of each kind for a cluster of this shape; promoted and removed is node 2. */
export const requestFor = (kind: OperationKind, shape: Partial<DeployClusterInput> = {}): Request => {
  const operation = operationRequest(kind, shape);
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

const operationRequest = (kind: OperationKind, shape: Partial<DeployClusterInput>): OperationRequest => {
  switch (kind) {
    case 'deploy-cluster':
      return { kind, input: deployInput(shape) };
    case 'add-node':
      return { kind, input: {} };
    case 'delete-cluster':
      return { kind, input: { confirm: 'orders' } };
    default:
      return { kind, input: { nodeId: REPLICA.nodeId, confirm: REPLICA.name } };
  }
};

const planOf = (cluster: Cluster, request: OperationRequest): OperationPlan => {
  const result = planOperation(cluster, request, { clusterId: CLUSTER_ID, generation: 1, offer: { engineVersions: ['18'] } });
  if (!result.planned) throw new Error(`${request.kind} has no plan: ${result.refusal.detail}`);
  return result.plan;
};

/** The plan with another deadline for one step. */
export const withDeadline = (plan: OperationPlan, step: string, deadlineMs: number): OperationPlan => ({
  ...plan,
  steps: plan.steps.map((planned) => (planned.name === step ? { ...planned, deadlineMs } : planned)),
});
