import {
  ABSENT_CLUSTER,
  defaultVersionOf,
  deployableEngines,
  evolveCluster,
  nextNodes,
  planOperation,
  workingModes,
  type CatalogueEngine,
  type Cluster,
  type ClusterEvent,
  type ExistingCluster,
  type OperationKind,
  type OperationPlan,
  type OperationRequest,
} from '@holdfast/domain';

export type Victim = 'worker' | 'api' | 'temporal' | 'event-store';

/** One kill: this part, while this step of this operation on a cluster of this engine runs. */
export interface Cell {
  readonly engine: string;
  readonly kind: OperationKind;
  readonly step: string;
  readonly victim: Victim;
}

export const cellName = ({ engine, kind, step, victim }: Cell): string => `${engine}/${kind}/${step}/${victim}`;

/** The operations on clusters of the sizes that the matrix uses; their plans give the steps, so a new step is a new cell. */
const requests = (cluster: ExistingCluster): OperationRequest[] => {
  const replica = cluster.nodes.find((node) => node.role === 'replica');
  const named = { nodeId: replica?.id ?? '', confirm: replica?.name ?? '' };
  return [
    { kind: 'add-node', input: {} },
    { kind: 'promote-node', input: named },
    { kind: 'remove-node', input: named },
    { kind: 'delete-cluster', input: { confirm: cluster.name } },
  ];
};

type Deployment = Extract<OperationRequest, { kind: 'deploy-cluster' }>;

const deploymentOf = (engine: CatalogueEngine): Deployment => ({
  kind: 'deploy-cluster',
  input: {
    name: 'matrix', engine: engine.id, version: defaultVersionOf(engine), mode: 'primary-replica', nodes: 3, replication: 'async',
    provider: 'local', region: 'local', plan: 'SMALL-1C-1G', supportLevel: 1,
  },
});

/** Those that can be deployed with a primary and replicas; one that is built later brings its cells with it. */
const engines = (): CatalogueEngine[] => deployableEngines().filter((engine) => workingModes(engine, defaultVersionOf(engine)).includes('primary-replica'));

/** Every cell: the worker at each step of each operation of each engine; for deploy and promote also the other parts. */
export const allCells = (): Cell[] => engines().flatMap(cellsOf);

const cellsOf = (engine: CatalogueEngine): Cell[] => {
  const deployment = deploymentOf(engine);
  const cluster = sampleCluster(deployment);
  const plans = [planOf(ABSENT_CLUSTER, deployment), ...requests(cluster).map((request) => planOf(cluster, request))];
  return plans.flatMap((plan) =>
    plan.steps.flatMap((step) => victimsOf(plan.kind).map((victim) => ({ engine: engine.id, kind: plan.kind, step: step.name, victim }))),
  );
};

const victimsOf = (kind: OperationKind): Victim[] =>
  kind === 'deploy-cluster' || kind === 'promote-node' ? ['worker', 'temporal', 'event-store', 'api'] : ['worker'];

const planOf = (cluster: Cluster, request: OperationRequest): OperationPlan => {
  const result = planOperation(cluster, request, { clusterId: 'cl-matrix', generation: 1, offer: { engineVersions: engines().flatMap((engine) => engine.versions) } });
  if (!result.planned) throw new Error(`No plan for ${request.kind}: ${result.refusal.detail}`);
  return result.plan;
};

const sampleCluster = ({ input }: Deployment): ExistingCluster => {
  const { nodes: _, ...requested } = input;
  const clusterId = 'cl-matrix';
  const nodes = nextNodes({ id: clusterId, engine: input.engine, nodesEverReserved: 0, nodes: [] }, 3);
  const events: ClusterEvent[] = [
    { type: 'ClusterRequested', data: { ...requested, clusterId, generation: 1 } },
    ...nodes.flatMap((node, index): ClusterEvent[] => [
      { type: 'NodeReserved', data: { clusterId, ...node, role: index === 0 ? 'primary' : 'replica', plan: requested.plan } },
      { type: 'PrimaryStarted', data: { clusterId, nodeId: node.nodeId } },
    ]),
    { type: 'ClusterDeployed', data: { clusterId } },
  ];
  const folded = events.reduce(evolveCluster, ABSENT_CLUSTER);
  if (folded.status === 'absent') throw new Error('The sample cluster has no state.');
  return folded;
};

/** Cells that failed once are run every time. */
export const PINNED: readonly string[] = [];

/**
 * Which cells to run. `all`: every one. `slice`: `count` of them, other ones each day, so that all are run within some weeks of
 * continuous integration. Anything else: those whose name contains the text. A slice is spread over engines, operations and
 * victims: neighbours in the list are alike, and a day takes every so-manyth.
 */
export const chooseCells = (selection: string, day: number, count: number, cells: readonly Cell[] = allCells()): Cell[] => {
  if (selection === 'all') return [...cells];
  if (selection !== 'slice') return cells.filter((cell) => cellName(cell).includes(selection));
  const stride = Math.ceil(cells.length / count);
  return cells.filter((cell, index) => index % stride === day % stride || PINNED.includes(cellName(cell)));
};
