import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { findNode, type Cluster, type OperationRequest } from '@holdfast/domain';
import { z } from 'zod';
import { ClusterLocator } from '../clusters/cluster-locator.js';
import type { PlanAnswer } from '../views/plan.view.js';
import { addNodeInput, additionOf } from './add-node.command.js';
import { completeDeployment, deployClusterInput } from './deploy-cluster.command.js';
import { OperationPlanner } from './operation-planner.js';
import { lost, removalFlags, wholeShard } from './remove-node.command.js';

const nodeInput = z.strictObject({ node: z.string().max(1000).meta({ description: 'Id or name.' }) });

export const deploymentPlanBody = z
  .strictObject({ operation: z.literal('deploy-cluster'), input: deployClusterInput })
  .meta({ id: 'DeploymentPlanBody' });

export const clusterPlanBody = z
  .discriminatedUnion('operation', [
    z.strictObject({ operation: z.literal('add-node'), input: addNodeInput.optional() }),
    z.strictObject({ operation: z.literal('promote-node'), input: nodeInput }),
    z.strictObject({ operation: z.literal('remove-node'), input: nodeInput.extend({ wholeShard, lost }) }),
    z.strictObject({ operation: z.literal('delete-cluster'), input: z.strictObject({}).optional() }),
  ])
  .meta({ id: 'ClusterPlanBody' });

type PlanOrder = z.infer<typeof deploymentPlanBody> | z.infer<typeof clusterPlanBody>;

/** The plan of an operation on what is true now; nothing is changed. */
export class PlanOperationQuery extends Query<PlanAnswer> {
  constructor(
    readonly order: PlanOrder,
    /** Absent for a deployment, whose input names it. */
    readonly cluster?: string,
  ) {
    super();
  }
}

@QueryHandler(PlanOperationQuery)
export class PlanOperationHandler implements IQueryHandler<PlanOperationQuery> {
  constructor(
    @Inject(ClusterLocator) private readonly locator: ClusterLocator,
    @Inject(OperationPlanner) private readonly planner: OperationPlanner,
  ) {}

  async execute({ order, cluster }: PlanOperationQuery): Promise<PlanAnswer> {
    const history = order.operation === 'deploy-cluster' ? await this.locator.findByName(order.input.name) : await this.locator.find(cluster ?? '');
    const { plan, planHash, place } = await this.planner.plan((state) => requestOf(order, state), history);
    return { plan: structuredClone(plan) as PlanAnswer['plan'], planHash, cluster: { id: place.context.clusterId, name: place.clusterName } };
  }
}

/** A plan confirms nothing, so what would have to be typed is filled in. */
const requestOf = (order: PlanOrder, cluster: Cluster): OperationRequest => {
  switch (order.operation) {
    case 'deploy-cluster':
      return { kind: 'deploy-cluster', input: completeDeployment(order.input) };
    case 'add-node':
      return { kind: 'add-node', input: additionOf(order.input ?? {}) };
    case 'delete-cluster':
      return { kind: 'delete-cluster', input: { confirm: cluster.status === 'absent' ? '' : cluster.name } };
    case 'promote-node':
    case 'remove-node': {
      const node = cluster.status === 'absent' ? undefined : findNode(cluster, order.input.node);
      const flags = order.operation === 'remove-node' ? removalFlags(order.input) : {};
      return { kind: order.operation, input: { nodeId: node?.id ?? order.input.node, confirm: node?.name ?? '', ...flags } };
    }
  }
};
