import {
  ABSENT_CLUSTER,
  defaultVersionOf,
  deployableEngines,
  findProvider,
  planOperation,
  workingModes,
  type Cluster,
  type ClusterMode,
  type ClusterNode,
  type DeployClusterInput,
  type ExistingCluster,
  type OperationPlan,
  type OperationRequest,
} from '@holdfast/domain';
import { deployInput, existing, servingCluster } from '../../domain/src/cluster/cluster.test-support.js';

/** Where machines come from: see machines.ts for what each needs. */
export type MachineKind = 'local' | 'docker' | 'ssh';

/** What is operated on. */
export interface Scene {
  readonly engine: string;
  readonly version: string;
  readonly mode: Exclude<ClusterMode, 'single'>;
  readonly machine: MachineKind;
}

export type Shape = Pick<DeployClusterInput, 'nodes'> & Partial<Pick<DeployClusterInput, 'shards' | 'replicasPerShard'>>;

/** One thing that can be asked of a cluster of some mode. */
export interface Operation {
  /** The operation's slug; where one kind has several runbooks in a mode, with what tells them apart. */
  readonly label: string;
  /** Of the cluster that it is asked of, or that it deploys. */
  readonly shape: Shape;
  /** The node that it is about; absent where it is about none that is there already. */
  readonly subject?: (cluster: ExistingCluster) => ClusterNode;
  readonly request: (cluster: ExistingCluster, subject?: ClusterNode) => Exclude<OperationRequest, { kind: 'deploy-cluster' }> | 'deploy';
  /** Before it is asked for, the machine of the node that it is about is lost, and stays so whatever becomes of the operation: on machines that a test can take away. */
  readonly subjectIsLost?: true;
}

const THREE: Shape = { nodes: 3 };
/** Three members are the least: one that leaves is a fourth. */
const FOUR: Shape = { nodes: 4 };
const SHARDS: Shape = { nodes: 6, shards: 3, replicasPerShard: 1 };
/** A shard's last replica does not leave. */
const TWO_REPLICAS: Shape = { nodes: 9, shards: 3, replicasPerShard: 2 };
/** Three shards are the least: one that is to go is a fourth. */
const FOUR_SHARDS: Shape = { nodes: 4, shards: 4, replicasPerShard: 0 };

const last = (role: ClusterNode['role']) => (cluster: ExistingCluster): ClusterNode => {
  const found = cluster.nodes.findLast((node) => node.role === role);
  if (found === undefined) throw new Error(`${cluster.name} has no ${role}.`);
  return found;
};
const first = ({ name, nodes: [node] }: ExistingCluster): ClusterNode => {
  if (node === undefined) throw new Error(`${name} has no nodes.`);
  return node;
};
/** Of the shard with the most nodes. */
const spareReplica = (cluster: ExistingCluster): ClusterNode => {
  const sizeOf = (node: ClusterNode): number => cluster.nodes.filter(({ shard }) => shard === node.shard).length;
  const [found] = cluster.nodes.filter(({ role }) => role === 'shard-replica').sort((a, b) => sizeOf(b) - sizeOf(a));
  if (found === undefined) throw new Error(`${cluster.name} has no replica.`);
  return found;
};
const named = (subject: ClusterNode | undefined): { nodeId: string; confirm: string } => ({ nodeId: subject?.id ?? '', confirm: subject?.name ?? '' });

const deploy = (shape: Shape): Operation => ({ label: 'deploy-cluster', shape, request: () => 'deploy' });
const remove = (shape: Shape, subject: Operation['subject'], changes: { label?: string; wholeShard?: boolean } = {}): Operation => ({
  label: changes.label ?? 'remove-node',
  shape,
  ...(subject === undefined ? {} : { subject }),
  request: (_, node) => ({ kind: 'remove-node', input: { ...named(node), ...(changes.wholeShard === true ? { wholeShard: true } : {}) } }),
});
/** The first: clients write to it. */
const removeLost = (shape: Shape): Operation => ({
  label: 'remove-lost-node',
  shape,
  subject: first,
  subjectIsLost: true,
  request: (_, node) => ({ kind: 'remove-node', input: { ...named(node), lost: true } }),
});
const promote = (shape: Shape, subject: (cluster: ExistingCluster) => ClusterNode): Operation => ({
  label: 'promote-node',
  shape,
  subject,
  request: (_, node) => ({ kind: 'promote-node', input: named(node) }),
});
const end = (shape: Shape): Operation => ({ label: 'delete-cluster', shape, request: (cluster) => ({ kind: 'delete-cluster', input: { confirm: cluster.name } }) });

/** The order is that of one life: each finds what it needs when those before it have succeeded. */
export const OPERATIONS: Readonly<Record<Scene['mode'], readonly Operation[]>> = {
  'primary-replica': [
    deploy(THREE),
    { label: 'add-node', shape: THREE, request: () => ({ kind: 'add-node', input: {} }) },
    promote(THREE, last('replica')),
    remove(THREE, last('replica')),
    end(THREE),
  ],
  'multi-primary': [
    deploy(THREE),
    { label: 'add-node', shape: THREE, request: () => ({ kind: 'add-node', input: {} }) },
    remove(FOUR, last('member')),
    removeLost(THREE),
    end(THREE),
  ],
  sharded: [
    deploy(SHARDS),
    { label: 'add-node', shape: SHARDS, request: () => ({ kind: 'add-node', input: { shard: 1 } }) },
    promote(SHARDS, last('shard-replica')),
    remove(TWO_REPLICAS, spareReplica),
    { label: 'add-shard', shape: SHARDS, request: () => ({ kind: 'add-node', input: { newShard: true } }) },
    remove(FOUR_SHARDS, last('shard-primary'), { label: 'remove-shard', wholeShard: true }),
    end(SHARDS),
  ],
};

/** What can be asked of a cluster there. A server of somebody's own is not lost with its machine: it is given up (see docs/hosts.md). */
export const operationsOf = ({ mode, machine }: Pick<Scene, 'mode' | 'machine'>): readonly Operation[] =>
  OPERATIONS[mode].filter(({ subjectIsLost }) => subjectIsLost !== true || machine !== 'ssh');

/** Docker's machines, and the tests' servers, have Debian 12's programs: its newest version of each engine. */
const DEBIAN_12: Readonly<Record<string, string>> = { postgresql: '15', valkey: '8', redis: '7', mariadb: '10.11' };

/**
 * On servers over SSH. Drivers do there what they do on Docker's machines, by the same programs; what is different is that a server
 * is chosen, marked and given back as it was. So each way of bringing packages and accounts is there once: PostgreSQL's packages with
 * their common one, Valkey's from backports (Redis's are made alike), MariaDB's with Galera, in the mode that has most to take back.
 * A sharded cluster would take six to nine servers and bring nothing else.
 */
const ON_SSH: readonly string[] = ['postgresql/primary-replica', 'valkey/primary-replica', 'mariadb/multi-primary'];

/** Every engine that can be deployed, in every mode that works, on this computer and on Docker, and some on servers over SSH; what is built later brings its scenes along. */
export const allScenes = (): Scene[] =>
  deployableEngines().flatMap((engine) => {
    const debian = DEBIAN_12[engine.id];
    const elsewhere = debian === undefined ? [] : [...scenesOf(engine.id, debian, 'docker'), ...scenesOf(engine.id, debian, 'ssh').filter(({ mode }) => ON_SSH.includes(`${engine.id}/${mode}`))];
    return [...scenesOf(engine.id, defaultVersionOf(engine), 'local'), ...elsewhere];
  });

const scenesOf = (engineId: string, newest: string, machine: MachineKind): Scene[] => {
  const engine = deployableEngines().find(({ id }) => id === engineId);
  if (engine === undefined) return [];
  const modes = [...new Set(engine.versions.flatMap((version) => workingModes(engine, version)))].filter((mode) => mode !== 'single');
  return modes.flatMap((mode) => {
    // The newest that has the mode; elsewhere the one that its machines' source has.
    const version = (machine === 'local' ? engine.versions : [newest]).find((each) => workingModes(engine, each).includes(mode));
    return version === undefined ? [] : [{ engine: engineId, version, mode, machine }];
  });
};

export const sceneName = ({ engine, mode, machine }: Scene): string => `${engine}/${mode}/${machine}`;

export const deploymentOf = (scene: Scene, shape: Shape, name: string): DeployClusterInput =>
  deployInput({ name, engine: scene.engine, version: scene.version, mode: scene.mode, provider: scene.machine, region: findProvider(scene.machine)?.regions[0] ?? '', ...shape });

/** Whether the cluster is such that the operation can be asked of it. */
export const isPossible = (operation: Operation, cluster: ExistingCluster): boolean => {
  const request = operation.request(cluster, operation.subject?.(cluster));
  return request === 'deploy' || planOperation(cluster, request, { clusterId: cluster.id, generation: cluster.generation, offer: { engineVersions: [] } }).planned;
};

/** The operation's plan for a cluster that serves: its steps are the rows of the matrix, so that a new step is a new cell. */
export const planOf = (scene: Scene, operation: Operation): OperationPlan => {
  const deployment = deploymentOf(scene, operation.shape, 'orders');
  const cluster = existing(...servingCluster(deployment));
  const request = operation.request(cluster, operation.subject?.(cluster));
  return request === 'deploy' ? planned(ABSENT_CLUSTER, { kind: 'deploy-cluster', input: deployment }) : planned(cluster, request);
};

const planned = (cluster: Cluster, request: OperationRequest): OperationPlan => {
  const offer = { engineVersions: deployableEngines().flatMap((engine) => engine.versions) };
  const result = planOperation(cluster, request, { clusterId: 'c-orders-1', generation: 1, offer });
  if (!result.planned) throw new Error(`No plan for ${request.kind}: ${result.refusal.detail}`);
  return result.plan;
};
