import { endpointMachineId, traitsOf, type Backend, type Machine, type Routing } from '@holdfast/domain';
import type { EndpointActivities, RoutingOrder, StepContext } from '@holdfast/workflows/contracts';
import { isGone, memberOf, type OpenCluster, type Workbench } from './lib/workbench.js';
import { ConditionNotMet } from './lib/refused.js';

/** Each call sets the whole state of the two addresses, so each may be repeated. */
export class EndpointActivitiesOnDriver implements EndpointActivities {
  constructor(private readonly bench: Workbench) {}

  async installEndpoint(context: StepContext): Promise<void> {
    await this.bench.drivers.endpoint.install(await endpointMachine(await this.bench.open(context)));
  }

  async openEndpoint(context: StepContext, order: RoutingOrder): Promise<void> {
    const open = await this.bench.open(context);
    await this.bench.drivers.endpoint.open(await endpointMachine(open), traitsOf(open.cluster.engine).endpointPorts, routingOf(open, order));
    await recordRouting(this.bench, context, order);
  }

  async routeEndpoint(context: StepContext, order: RoutingOrder): Promise<void> {
    const open = await this.bench.open(context);
    await this.bench.drivers.endpoint.route(await endpointMachine(open), routingOf(open, order));
    await recordRouting(this.bench, context, order);
  }

  async closeEndpoint(context: StepContext): Promise<void> {
    const open = await this.bench.open(context);
    if (await isGone(open.provider, endpointMachineId(open.cluster.id))) return;
    await this.bench.drivers.endpoint.close(await endpointMachine(open));
  }
}

/** While the read-write side is only held, the facts still say where it leads. */
const recordRouting = async ({ ledger }: Workbench, context: StepContext, { readWriteNodeId, readOnlyNodeIds }: RoutingOrder): Promise<void> => {
  if (readWriteNodeId === undefined) return;
  await ledger.record(context, [{ type: 'EndpointRouted', data: { clusterId: context.clusterId, readWriteNodeId, readOnlyNodeIds: [...readOnlyNodeIds] } }]);
};

const endpointMachine = ({ cluster, provider }: OpenCluster): Promise<Machine> => provider.get(endpointMachineId(cluster.id));

const routingOf = (open: OpenCluster, { readWriteNodeId, readOnlyNodeIds }: RoutingOrder): Routing => {
  const { engine, mode } = open.cluster;
  const check = traitsOf(engine).memberChecks?.[mode];
  return {
    ...(readWriteNodeId === undefined ? {} : { readWrite: backendOf(open, readWriteNodeId) }),
    readOnly: readOnlyNodeIds.map((nodeId) => backendOf(open, nodeId)),
    ...(mode === 'multi-primary' ? { allTakeWrites: true } : {}),
    ...(check === undefined ? {} : { check }),
  };
};

/** From the facts alone: a route must not wait for a node. */
const backendOf = ({ cluster }: OpenCluster, nodeId: string): Backend => {
  const { name, address, port } = memberOf(cluster, nodeId);
  if (address === undefined) throw new ConditionNotMet('node-not-provisioned', `${name} has no machine yet.`, name, true);
  return { name, host: address, port: port ?? traitsOf(cluster.engine).serverPort };
};
