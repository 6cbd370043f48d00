import { accept, refuse, type Decision, type Refusal } from '../kernel/decision.js';
import { never } from '../kernel/never.js';
import type { DeployClusterInput, OperationRequest } from '../operation/operation-input.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { planDeleteCluster } from '../plans/delete-cluster.plan.js';
import { planDeployCluster } from '../plans/deploy-cluster.plan.js';
import { planDeployGroup } from '../plans/multi-primary/deploy-cluster.plan.js';
import { planDeployShards } from '../plans/sharded/deploy-cluster.plan.js';
import type { ClusterEvent } from './cluster.events.js';
import type { Cluster, ExistingCluster } from './cluster.state.js';
import { deploymentFaults, type Offer } from './deployment.rules.js';
import { supplyRefusal } from './machine-supply.rules.js';
import { planAddition, planPromotion, planRemoval } from './node-changes.rules.js';
import { notPlanned, planned, refuseFaults, wrongConfirmation, type PlanResult } from './plan-result.js';

/** Where the request would act; ids are made outside, since the domain has no randomness. */
export interface OperationContext {
  readonly clusterId: string;
  /** Generation of the name, for a deployment. */
  readonly generation: number;
  readonly offer: Offer;
}

/** The plan of an operation on the cluster as it is now, or why there is none. Pure; takes no lock. */
export const planOperation = (cluster: Cluster, request: OperationRequest, context: OperationContext): PlanResult => {
  const result = planByRules(cluster, request, context);
  const { machines } = context.offer;
  if (!result.planned || machines === undefined) return result;
  const refusal = supplyRefusal(result.plan, machines);
  return refusal === undefined ? result : notPlanned({ refusal });
};

const planByRules = (cluster: Cluster, request: OperationRequest, context: OperationContext): PlanResult => {
  if (request.kind === 'deploy-cluster') return planDeployment(cluster, request.input, context);
  if (cluster.status === 'absent') return notPlanned(refuse('not-found', 'unknown-cluster', 'There is no such cluster.'));
  if (cluster.status === 'deleted') return notPlanned(refuse('conflict', 'cluster-deleted', `Cluster ${cluster.name} is deleted.`));
  if (cluster.status === 'deploying' && request.kind !== 'delete-cluster') {
    return notPlanned(refuse('conflict', 'cluster-not-running', `Cluster ${cluster.name} is not deployed yet.`, busyExtra(cluster)));
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
  const { nodes: _, shards: __, ...rest } = input;
  return { type: 'ClusterRequested', data: { ...rest, clusterId: context.clusterId, generation: context.generation } };
};

const busyExtra = (cluster: ExistingCluster): Record<string, unknown> => (cluster.busyWith === undefined ? {} : { operationId: cluster.busyWith.operationId });

const planDeployment = (cluster: Cluster, input: DeployClusterInput, context: OperationContext): PlanResult => {
  const faults = deploymentFaults(input, context.offer);
  if (faults.length > 0) return notPlanned(refuseFaults(faults));
  if (cluster.status !== 'absent' && cluster.status !== 'deleted') {
    return notPlanned(refuse('conflict', 'name-in-use', `There is a cluster ${input.name} already.`, busyExtra(cluster)));
  }
  return planned(planDeploymentOf(context.clusterId, input));
};

/** The plan of a deployment that the rules let pass, by its mode. */
export const planDeploymentOf = (clusterId: string, input: DeployClusterInput): OperationPlan => {
  const { shards, replicasPerShard } = input;
  if (input.mode === 'multi-primary') return planDeployGroup(clusterId, input);
  // The rules refuse a sharded cluster that does not say both.
  if (shards !== undefined && replicasPerShard !== undefined) return planDeployShards(clusterId, { ...input, shards, replicasPerShard });
  return planDeployCluster(clusterId, input);
};

const planDeletion = (cluster: ExistingCluster, input: { confirm: string }): PlanResult => {
  if (input.confirm !== cluster.name) return notPlanned(wrongConfirmation(cluster.name));
  if (cluster.terminationProtection) {
    return notPlanned(refuse('conflict', 'termination-protected', `Cluster ${cluster.name} is protected from deletion. Switch the protection off first.`));
  }
  return planned(planDeleteCluster(cluster));
};
