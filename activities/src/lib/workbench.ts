import { findNode, findPlan, traitsOf, type ClusterNode, type EngineCredentials, type EngineNode, type ExistingCluster, type Provider, type ReplicatedEngine, type Secrets } from '@holdfast/domain';
import type { StepContext } from '@holdfast/workflows/contracts';
import type { ClusterLedger } from './cluster-ledger.js';
import { ensureCredentials } from './engine-credentials.js';
import { Refused } from './refused.js';
import { engineFor, providerFor, type Drivers } from './registries.js';

/** A cluster as an activity works on it: its facts, its drivers, its nodes. */
export interface OpenCluster {
  readonly cluster: ExistingCluster;
  readonly engine: ReplicatedEngine;
  readonly provider: Provider;
}

/** What activities of nodes share: from ids to nodes with machines, and the passwords that go with them. */
export class Workbench {
  constructor(
    readonly ledger: ClusterLedger,
    readonly drivers: Drivers,
    readonly secrets: Secrets,
  ) {}

  /** Throws Refused when the operation no longer holds the lock. */
  async open(context: StepContext): Promise<OpenCluster> {
    const cluster = await this.ledger.held(context);
    return { cluster, engine: engineFor(this.drivers, cluster.engine), provider: providerFor(this.drivers, cluster.provider) };
  }

  credentials(context: StepContext): Promise<EngineCredentials> {
    return ensureCredentials(this.secrets, context.clusterId);
  }
}

/** Throws Refused with `unknown-node`. */
export const memberOf = (cluster: ExistingCluster, nodeId: string): ClusterNode => {
  const member = findNode(cluster, nodeId);
  if (member === undefined) throw new Refused({ code: 'unknown-node', detail: `Cluster ${cluster.name} has no node ${nodeId}.` });
  return member;
};

/** A node with its machine. Throws Refused, and MachineUnreachable when there is no machine. */
export const engineNode = async ({ cluster, provider }: OpenCluster, nodeId: string): Promise<EngineNode> => {
  const member = memberOf(cluster, nodeId);
  return {
    machine: await provider.get(nodeId),
    name: member.name,
    port: member.port ?? traitsOf(cluster.engine).serverPort,
    engineVersion: cluster.version,
    memoryBytes: sizeOf(member.plan).memoryBytes,
  };
};

/** Whether a server ran on it once, so that there is something to stop or to start. */
export const hasServed = ({ status }: ClusterNode): boolean => status === 'active' || status === 'fenced';

export const engineNodes = (open: OpenCluster, nodeIds: readonly string[]): Promise<EngineNode[]> => Promise.all(nodeIds.map((id) => engineNode(open, id)));

/** Whether there is no machine of this id; one in quarantine is out of use. Throws what it throws when it cannot be asked. */
export const isGone = async (provider: Provider, machineId: string): Promise<boolean> => !(await provider.list()).some((machine) => machine.machineId === machineId && machine.state === 'present');

/** Throws Refused with `unknown-plan` for a size that is no longer in the catalogue. */
export const sizeOf = (planId: string): { cpuCount: number; memoryBytes: number; diskBytes: number } => {
  const plan = findPlan(planId);
  if (plan === undefined) throw new Refused({ code: 'unknown-plan', detail: `There is no machine size ${planId}.` });
  const { cpuCount, memoryBytes, diskBytes } = plan;
  return { cpuCount, memoryBytes, diskBytes };
};
