import { DEFAULT_PLAN, endpointMachineId, portsOfNode, traitsOf } from '@holdfast/domain';
import type { MachineActivities, StepContext } from '@holdfast/workflows/contracts';
import { memberOf, sizeOf, type Workbench } from './lib/workbench.js';

/** The endpoint's machine only forwards: the smallest size. */
const ENDPOINT_SIZE = DEFAULT_PLAN;

/** Machines come and go by the node's id, so a repeated creation answers the machine that is there. */
export class MachineActivitiesOnProviders implements MachineActivities {
  constructor(private readonly bench: Workbench) {}

  async provisionNode(context: StepContext, nodeId: string): Promise<void> {
    const { cluster, provider } = await this.bench.open(context);
    const member = memberOf(cluster, nodeId);
    const { serverPort: port } = traitsOf(cluster.engine);
    const machine = await provider.create({ machineId: nodeId, clusterId: cluster.id, name: member.name, ports: portsOfNode(cluster.engine, cluster.mode), ...sizeOf(member.plan) });
    await this.bench.ledger.record(context, [{ type: 'NodeProvisioned', data: { clusterId: cluster.id, nodeId, address: machine.address, port } }]);
  }

  async provisionEndpoint(context: StepContext): Promise<void> {
    const { cluster, provider } = await this.bench.open(context);
    const { readWrite, readOnly } = traitsOf(cluster.engine).endpointPorts;
    const machineId = endpointMachineId(cluster.id);
    const machine = await provider.create({
      machineId,
      clusterId: cluster.id,
      name: `${cluster.name}-endpoint`,
      ports: [readWrite, readOnly],
      ...sizeOf(ENDPOINT_SIZE),
    });
    await this.bench.ledger.record(context, [
      { type: 'EndpointProvisioned', data: { clusterId: cluster.id, machineId, address: machine.address, readWritePort: readWrite, readOnlyPort: readOnly } },
    ]);
  }

  async destroyNode(context: StepContext, nodeId: string): Promise<void> {
    const { provider } = await this.bench.open(context);
    await provider.destroy(nodeId);
  }

  async destroyEndpoint(context: StepContext): Promise<void> {
    const { cluster, provider } = await this.bench.open(context);
    await provider.destroy(endpointMachineId(cluster.id));
    await this.bench.ledger.record(context, [{ type: 'EndpointClosed', data: { clusterId: cluster.id } }]);
  }
}
