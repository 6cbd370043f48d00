import { capabilitiesOf, findEngine } from '../catalogue/engines.js';
import { accept, refuse, type Decision, type Fault, type Refusal } from '../kernel/decision.js';
import { never } from '../kernel/never.js';
import type { AddNodeInput, DeployClusterInput, OperationRequest } from '../operation/operation-input.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { planAddNode } from '../plans/add-node.plan.js';
import { planDeleteCluster } from '../plans/delete-cluster.plan.js';
import { planDeployCluster } from '../plans/deploy-cluster.plan.js';
import { planPromoteNode } from '../plans/promote-node.plan.js';
import { planRemoveNode } from '../plans/remove-node.plan.js';
import type { ClusterEvent } from './cluster.events.js';
import { findNode, replicasOf, type Cluster, type ClusterNode, type ExistingCluster } from './cluster.state.js';
import { deploymentFaults, NODES_MAX, planFaults, type Offer } from './deployment.rules.js';
import { SYNC_REPLICAS_REQUIRED } from './sync-policy.js';

/** Where the request would act; ids are made outside, since the domain has no randomness. */
export interface OperationContext {
  readonly clusterId: string;
  /** Generation of the name, for a deployment. */
  readonly generation: number;
  readonly offer: Offer;
}

export type PlanResult = { readonly planned: true; readonly plan: OperationPlan } | { readonly planned: false; readonly refusal: Refusal };

/** The plan of an operation on the cluster as it is now, or why there is none. Pure; takes no lock. */
export const planOperation = (cluster: Cluster, request: OperationRequest, context: OperationContext): PlanResult => {
  if (request.kind === 'deploy-cluster') return planDeployment(cluster, request.input, context);
  if (cluster.status === 'absent') return no(refuse('not-found', 'unknown-cluster', 'There is no such cluster.'));
  if (cluster.status === 'deleted') return no(refuse('conflict', 'cluster-deleted', `Cluster ${cluster.name} is deleted.`));
  if (cluster.status === 'deploying' && request.kind !== 'delete-cluster') {
    return no(refuse('conflict', 'cluster-not-running', `Cluster ${cluster.name} is not deployed yet.`, busyExtra(cluster)));
  }
  switch (request.kind) {
    case 'add-node':
      return planAddition(cluster, request.input);
    case 'promote-node':
      return planPromotion(cluster, request.input);
    case 'remove-node':
      return planRemoval(cluster, request.input);
    case 'delete-cluster':
      return planDeletion(cluster, request.input);
    default:
      return never(request);
  }
};

/** What identifies an accepted request. */
export interface AcceptanceIds {
  readonly operationId: string;
  readonly requestHash: string;
  readonly planHash: string;
}

/**
 * Accepts an operation with its plan, or refuses it while another holds the lock. The first event of a deployment makes the
 * cluster. A repeated operation id with the same body is accepted without events, with another body it is refused.
 */
export const decideOperation = (
  cluster: Cluster,
  request: OperationRequest,
  context: OperationContext,
  plan: OperationPlan,
  ids: AcceptanceIds,
): Decision<ClusterEvent> => {
  const before = findRepeat(cluster, ids.operationId, ids.requestHash);
  if (before.repeat === 'same') return accept();
  if (before.repeat === 'other') return { accepted: false, refusal: before.refusal };
  if (cluster.status !== 'absent' && cluster.busyWith !== undefined) {
    const { operationId, kind } = cluster.busyWith;
    return refuse('conflict', 'cluster-busy', `Cluster ${cluster.name} is busy with ${kind}.`, { operationId });
  }
  const accepted: ClusterEvent = {
    type: 'OperationAccepted',
    data: { clusterId: context.clusterId, kind: request.kind, input: request.input, plan, ...ids },
  };
  return request.kind === 'deploy-cluster' ? accept(requested(request.input, context), accepted) : accept<ClusterEvent>(accepted);
};

export type Repeat = { readonly repeat: 'none' } | { readonly repeat: 'same' } | { readonly repeat: 'other'; readonly refusal: Refusal };

/** Whether this operation id was accepted before, with the same body or another. */
export const findRepeat = (cluster: Cluster, operationId: string, requestHash: string): Repeat => {
  const before = cluster.status === 'absent' ? undefined : cluster.operations[operationId];
  if (before === undefined) return { repeat: 'none' };
  if (before.requestHash === requestHash) return { repeat: 'same' };
  return {
    repeat: 'other',
    refusal: refuse('conflict', 'idempotency-key-reused', 'This Idempotency-Key was used for another request.', { operationId }).refusal,
  };
};

const requested = (input: DeployClusterInput, context: OperationContext): ClusterEvent => {
  const { nodes: _, ...rest } = input;
  return { type: 'ClusterRequested', data: { ...rest, clusterId: context.clusterId, generation: context.generation } };
};

const yes = (plan: OperationPlan): PlanResult => ({ planned: true, plan });
const no = ({ refusal }: { refusal: Refusal }): PlanResult => ({ planned: false, refusal });

const busyExtra = (cluster: ExistingCluster): Record<string, unknown> => (cluster.busyWith === undefined ? {} : { operationId: cluster.busyWith.operationId });

const planDeployment = (cluster: Cluster, input: DeployClusterInput, context: OperationContext): PlanResult => {
  const faults = deploymentFaults(input, context.offer);
  if (faults.length > 0) return no(refuseFaults(faults));
  if (cluster.status !== 'absent' && cluster.status !== 'deleted') {
    return no(refuse('conflict', 'name-in-use', `There is a cluster ${input.name} already.`, busyExtra(cluster)));
  }
  return yes(planDeployCluster(context.clusterId, input));
};

/** One fault keeps its own code; several are told together. */
const refuseFaults = (faults: readonly Fault[]): { refusal: Refusal } => {
  const [first, ...more] = faults as [Fault, ...Fault[]];
  const code = more.length === 0 ? first.code : 'invalid-request';
  return refuse('invalid', code, faults.map((fault) => fault.detail).join(' '), { errors: faults });
};

const planAddition = (cluster: ExistingCluster, input: AddNodeInput): PlanResult => {
  const faults = input.plan === undefined ? [] : planFaults('plan', input.plan);
  if (faults.length > 0) return no(refuseFaults(faults));
  const engine = findEngine(cluster.engine);
  if (engine !== undefined && capabilitiesOf(engine, cluster.version).onlineAdd !== 'works') {
    return no(refuse('conflict', 'add-node-not-built', `Nodes cannot be added to a cluster of ${engine.title} ${cluster.version}.`));
  }
  if (cluster.nodes.length >= NODES_MAX) {
    return no(refuse('conflict', 'too-many-nodes', `Cluster ${cluster.name} has ${cluster.nodes.length} nodes; ${NODES_MAX} is the most.`));
  }
  return yes(planAddNode(cluster, input));
};

const planPromotion = (cluster: ExistingCluster, input: { nodeId: string; confirm: string }): PlanResult => {
  const found = namedNode(cluster, input);
  if (!found.found) return no(found);
  if (found.node.role === 'primary') return no(refuse('conflict', 'already-primary', `${found.node.name} is the primary already.`));
  if (found.node.status !== 'active') return no(refuse('conflict', 'node-not-active', `${found.node.name} is ${found.node.status}; only an active replica can be promoted.`));
  return yes(planPromoteNode(cluster, found.node));
};

const planRemoval = (cluster: ExistingCluster, input: { nodeId: string; confirm: string }): PlanResult => {
  const found = namedNode(cluster, input);
  if (!found.found) return no(found);
  if (found.node.role === 'primary') {
    return no(refuse('conflict', 'node-is-primary', `${found.node.name} is the primary. Promote another node first, or delete the cluster.`));
  }
  const replicasLeft = replicasOf(cluster).filter((node) => node.id !== found.node.id && node.status === 'active').length;
  if (cluster.replication === 'sync' && replicasLeft < SYNC_REPLICAS_REQUIRED) {
    return no(refuse('conflict', 'last-sync-replica', `${found.node.name} is the last synchronous replica: without it every commit would wait. Add a node first.`));
  }
  return yes(planRemoveNode(cluster, found.node));
};

const planDeletion = (cluster: ExistingCluster, input: { confirm: string }): PlanResult => {
  if (input.confirm !== cluster.name) return no(wrongConfirmation(cluster.name));
  if (cluster.terminationProtection) {
    return no(refuse('conflict', 'termination-protected', `Cluster ${cluster.name} is protected from deletion. Switch the protection off first.`));
  }
  return yes(planDeleteCluster(cluster));
};

type NodeLookup = { readonly found: true; readonly node: ClusterNode } | { readonly found: false; readonly refusal: Refusal };

const namedNode = (cluster: ExistingCluster, input: { nodeId: string; confirm: string }): NodeLookup => {
  const node = findNode(cluster, input.nodeId);
  if (node === undefined) {
    const names = cluster.nodes.map((known) => known.name).join(', ');
    return { found: false, ...pick(refuse('not-found', 'unknown-node', `Cluster ${cluster.name} has no node ${input.nodeId}. It has: ${names}.`)) };
  }
  if (input.confirm !== node.name) return { found: false, ...pick(wrongConfirmation(node.name)) };
  return { found: true, node };
};

const pick = ({ refusal }: { refusal: Refusal }): { refusal: Refusal } => ({ refusal });

const wrongConfirmation = (name: string): { refusal: Refusal } =>
  refuse('invalid', 'wrong-confirmation', `To confirm, give the name ${name} exactly.`, {
    errors: [{ field: 'confirm', code: 'wrong-confirmation', detail: `Expected ${name}.` } satisfies Fault],
  });
