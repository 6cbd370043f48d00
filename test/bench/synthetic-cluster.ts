import { randomUUID } from 'node:crypto';
import { clusterStream, planOperation, type ClusterEvent, type EventStore, type NewFact, type OperationPlan } from '@holdfast/domain';
import { CLUSTER_ID, existing, servingCluster } from '../../domain/src/cluster/cluster.test-support.js';
import { clusterIdFor } from '../../services/api/src/clusters/cluster-id.js';

/** A cluster of three nodes that exists in facts alone. */
export interface SyntheticCluster {
  readonly clusterId: string;
  readonly name: string;
}

/** The facts of a deployment that succeeded, with its real plan, appended to the cluster's stream. */
export const appendServingCluster = async (store: EventStore, name: string): Promise<SyntheticCluster> => {
  const clusterId = clusterIdFor(name, 1);
  const own = JSON.stringify(servingCluster()).replaceAll(CLUSTER_ID, clusterId).replaceAll('"orders"', JSON.stringify(name));
  await store.append(clusterStream(clusterId), 'no-stream', (JSON.parse(own) as ClusterEvent[]).map(factOf));
  return { clusterId, name };
};

/** The plan of adding a node to such a cluster. */
export const addNodePlan = (clusterId: string): OperationPlan => {
  const result = planOperation(existing(...servingCluster()), { kind: 'add-node', input: {} }, { clusterId, generation: 1, offer: { engineVersions: ['18'] } });
  if (!result.planned) throw new Error(`There is no plan: ${result.refusal.detail}`);
  return result.plan;
};

/** Takes the cluster's lock for an operation. */
export const appendAcceptance = async (store: EventStore, { clusterId }: SyntheticCluster, operationId: string, plan: OperationPlan): Promise<void> => {
  const data = { clusterId, operationId, kind: plan.kind, input: {}, plan, planHash: 'synthetic', requestHash: operationId };
  await store.append(clusterStream(clusterId), 'any', [factOf({ type: 'OperationAccepted', data })]);
};

const factOf = (event: ClusterEvent): NewFact => ({
  id: randomUUID(),
  type: event.type,
  schemaVersion: 1,
  data: event.data,
  meta: { actor: 'system:bench', correlationId: 'bench' },
});
