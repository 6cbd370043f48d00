import { findNode, syncPolicyOf, type NodeHealth } from '@holdfast/domain';
import type { EngineActivities, StepContext } from '@holdfast/workflows/contracts';
import { cancellationSignal, untilContent } from './lib/poll.js';
import { ConditionNotMet } from './lib/refused.js';
import { engineNode, engineNodes, isGone, memberOf, type OpenCluster, type Workbench } from './lib/workbench.js';

/** A replica that lost its upstream comes back within its retry interval, 5 s in PostgreSQL's default; this is six of them. */
const VERIFY_LIMITS = { timeoutMs: 30_000, intervalMs: 250 };

type Replication = Pick<
  EngineActivities,
  'reserveReplicas' | 'releaseReplicas' | 'cloneReplica' | 'startReplica' | 'applySyncPolicy' | 'verifyReplication' | 'repointReplicas' | 'rejoinAsReplica'
>;

/** Who follows whom, and what commits wait for. */
export class ReplicationActivities implements Replication {
  constructor(private readonly bench: Workbench) {}

  async reserveReplicas(context: StepContext, upstreamId: string, replicaIds: readonly string[]): Promise<void> {
    const open = await this.bench.open(context);
    const [upstream, credentials] = await Promise.all([engineNode(open, upstreamId), this.bench.credentials(context)]);
    await Promise.all(replicaIds.map((id) => open.engine.reserveReplica(upstream, memberOf(open.cluster, id).name, credentials)));
  }

  async releaseReplicas(context: StepContext, upstreamId: string, replicaIds: readonly string[]): Promise<void> {
    await releaseReplicas(this.bench, context, upstreamId, replicaIds);
  }

  async cloneReplica(context: StepContext, nodeId: string, upstreamId: string): Promise<void> {
    const open = await this.bench.open(context);
    const [node, upstream, credentials] = await Promise.all([engineNode(open, nodeId), engineNode(open, upstreamId), this.bench.credentials(context)]);
    await open.engine.cloneFrom(node, upstream, credentials, cancellationSignal());
  }

  async startReplica(context: StepContext, nodeId: string, upstreamId: string): Promise<void> {
    const open = await this.bench.open(context);
    const [node, upstream, credentials] = await Promise.all([engineNode(open, nodeId), engineNode(open, upstreamId), this.bench.credentials(context)]);
    await open.engine.followUpstream(node, upstream, credentials);
    await open.engine.waitUntilCaughtUp(node, upstream, credentials, cancellationSignal());
    await this.bench.ledger.record(context, [{ type: 'ReplicaJoined', data: { clusterId: context.clusterId, nodeId, upstreamId } }]);
  }

  async applySyncPolicy(context: StepContext, memberIds: readonly string[]): Promise<void> {
    const open = await this.bench.open(context);
    const members = memberIds.map((id) => memberOf(open.cluster, id));
    const policy = syncPolicyOf(open.cluster, members.map((member) => member.name));
    const credentials = await this.bench.credentials(context);
    const running = members.filter((member) => member.status === 'active');
    await Promise.all(running.map(async ({ id }) => open.engine.setSyncPolicy(await engineNode(open, id), policy, credentials)));
  }

  async verifyReplication(context: StepContext, primaryId: string, replicaIds: readonly string[]): Promise<void> {
    const open = await this.bench.open(context);
    const credentials = await this.bench.credentials(context);
    const [primary, replicas] = await Promise.all([engineNode(open, primaryId), engineNodes(open, replicaIds)]);
    const required = syncPolicyOf(open.cluster, [primary.name, ...replicas.map((node) => node.name)]).required;
    await untilContent(async () => {
      const [first, ...rest] = await Promise.all([primary, ...replicas].map((node) => open.engine.health(node, credentials)));
      const problem = first === undefined ? undefined : problemAmong({ name: primary.name, health: first }, replicas.map((node, index) => ({ name: node.name, health: rest[index] })), required);
      return problem === undefined ? undefined : new ConditionNotMet('verification-failed', problem.sentence, problem.node, false);
    }, VERIFY_LIMITS);
  }

  async repointReplicas(context: StepContext, upstreamId: string, replicaIds: readonly string[]): Promise<void> {
    const open = await this.bench.open(context);
    const credentials = await this.bench.credentials(context);
    const [upstream, replicas] = await Promise.all([engineNode(open, upstreamId), engineNodes(open, replicaIds)]);
    await Promise.all(replicas.map((node) => open.engine.followUpstream(node, upstream, credentials)));
  }

  async rejoinAsReplica(context: StepContext, nodeId: string, upstreamId: string): Promise<void> {
    const open = await this.bench.open(context);
    const [node, upstream, credentials] = await Promise.all([engineNode(open, nodeId), engineNode(open, upstreamId), this.bench.credentials(context)]);
    const { way } = await open.engine.rejoinAsReplica(node, upstream, credentials, cancellationSignal());
    await this.bench.ledger.record(context, [{ type: 'NodeRejoined', data: { clusterId: context.clusterId, nodeId, upstreamId, way } }]);
  }
}

/**
 * Gives back what an upstream keeps for replicas. One whose machine is gone keeps nothing, and so does one that the facts say is
 * not serving; an active one that cannot be asked may keep log until its disk is full, so that is an error.
 */
export const releaseReplicas = async (bench: Workbench, context: StepContext, upstreamId: string, replicaIds: readonly string[]): Promise<void> => {
  const open = await bench.open(context);
  if (findNode(open.cluster, upstreamId) === undefined || (await isGone(open.provider, upstreamId))) return;
  const credentials = await bench.credentials(context);
  const upstream = await engineNode(open, upstreamId);
  if (!isServing(open, upstreamId) && !(await open.engine.health(upstream, credentials)).reachable) return;
  await Promise.all(replicaIds.map((id) => open.engine.releaseReplica(upstream, memberOf(open.cluster, id).name, credentials)));
};

const isServing = ({ cluster }: OpenCluster, nodeId: string): boolean => memberOf(cluster, nodeId).status === 'active';

interface Seen {
  readonly name: string;
  readonly health: NodeHealth | undefined;
}

interface Problem {
  readonly sentence: string;
  readonly node: string;
}

/** The first thing that is not as it must be. */
const problemAmong = (primary: Seen, replicas: readonly Seen[], syncRequired: number): Problem | undefined => {
  const { name, health } = primary;
  const about = (sentence: string, node = name): Problem => ({ sentence, node });
  if (health?.reachable !== true) return about(`${name} does not answer: ${health?.problem ?? 'it was not asked'}`);
  if (health.role !== 'primary') return about(`${name} is a replica; it must be the primary.`);
  for (const replica of replicas) {
    const seen = replica.health;
    if (seen?.reachable !== true) return about(`${replica.name} does not answer: ${seen?.problem ?? 'it was not asked'}`, replica.name);
    if (seen.role !== 'replica') return about(`${replica.name} is writable too; it must be a replica of ${name}.`, replica.name);
    const streams = seen.streaming && health.replicas.some((view) => view.name === replica.name && view.streaming);
    if (!streams) return about(`${replica.name} does not stream from ${name}.`, replica.name);
  }
  const synchronous = health.replicas.filter((view) => view.synchronous).length;
  return synchronous < syncRequired ? about(`${synchronous} replicas confirm the commits of ${name}; ${syncRequired} must.`) : undefined;
};
