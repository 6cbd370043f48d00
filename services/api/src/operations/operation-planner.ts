import { planOperation, portsOfNode, type Cluster, type ExpectedVersion, type Offer, type OperationContext, type OperationPlan, type OperationRequest } from '@holdfast/domain';
import type { Offers } from '../catalogue/offers.js';
import type { ExistingHistory } from '../clusters/cluster-history.js';
import { clusterIdFor } from '../clusters/cluster-id.js';
import { refused } from '../problems/problem.js';
import { hashPlan } from './plan-hash.js';

/** Where an operation would be accepted. */
export interface OperationPlace {
  readonly cluster: Cluster;
  readonly clusterName: string;
  readonly context: OperationContext;
  readonly expected: ExpectedVersion;
}

export interface PlannedOperation {
  readonly request: OperationRequest;
  readonly place: OperationPlace;
  readonly plan: OperationPlan;
  readonly planHash: string;
}

/** Makes the plan of a request from what is true now, without accepting it. */
export class OperationPlanner {
  constructor(private readonly offers: Offers) {}

  /** Throws the refusal as a problem. @param history of the cluster that is meant, where there is one */
  async plan(makeRequest: (cluster: Cluster) => OperationRequest, history: ExistingHistory | undefined): Promise<PlannedOperation> {
    const request = makeRequest(history?.cluster ?? { status: 'absent' });
    const place = await this.placeOf(request, history);
    const planned = planOperation(place.cluster, request, place.context);
    if (!planned.planned) throw refused(planned.refusal);
    return { request, place, plan: planned.plan, planHash: hashPlan(planned.plan) };
  }

  private async machinesFor({ kind }: OperationRequest, cluster: Cluster): Promise<Pick<Offer, 'machines'>> {
    return kind === 'add-node' && cluster.status === 'running' ? this.offers.machinesFor(cluster.provider, portsOfNode(cluster.engine, cluster.mode)) : {};
  }

  private async placeOf(request: OperationRequest, history: ExistingHistory | undefined): Promise<OperationPlace> {
    const cluster = history?.cluster ?? { status: 'absent' };
    const generation = history?.cluster.generation ?? 1;
    if (request.kind === 'deploy-cluster') {
      const { name } = request.input;
      // A name that is free again gets a new stream; a name in use is refused by the rules.
      const next = history?.cluster.status === 'deleted' ? generation + 1 : generation;
      const offer = await this.offers.offerFor(request.input);
      return { cluster, clusterName: name, context: { clusterId: clusterIdFor(name, next), generation: next, offer }, expected: 'no-stream' };
    }
    return {
      cluster,
      clusterName: history?.cluster.name ?? '',
      // Only a deployment asks which versions can be had; nodes that are added have the cluster's.
      context: { clusterId: history?.clusterId ?? '', generation, offer: { engineVersions: [], ...(await this.machinesFor(request, cluster)) } },
      expected: history?.version ?? 'no-stream',
    };
  }
}
