import { SYNC_REPLICAS_REQUIRED, type EngineNode, type MoveOptions, type Shard, type ShardedEngine, type ShardNodeHealth } from '@holdfast/domain';
import type { ShardActivities, ShardOrder, StepContext } from '@holdfast/workflows/contracts';
import { Context } from '@temporalio/activity';
import { cancellationSignal, untilContent } from './lib/poll.js';
import { ConditionNotMet } from './lib/refused.js';
import { shardedFor } from './lib/registries.js';
import { engineNode, engineNodes, isGone, type OpenCluster, type Workbench } from './lib/workbench.js';

/** News spread by gossip within some seconds; `cluster-node-timeout` is 15 s by default, and this is twice that. */
const VERIFY_LIMITS = { timeoutMs: 30_000, intervalMs: 250 };

/** A takeover pauses clients: one that does not end in time is taken back. */
const TAKE_OVER_TIMEOUT_MS = 20_000;

/** Which node serves which slots. */
export class ShardActivitiesOnDriver implements ShardActivities {
  constructor(private readonly bench: Workbench) {}

  async startEmptyNode(context: StepContext, nodeId: string): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    await driver.startEmpty(await engineNode(open, nodeId), open.cluster.replication === 'sync' ? SYNC_REPLICAS_REQUIRED : 0, credentials);
  }

  async formCluster(context: StepContext, orders: readonly ShardOrder[]): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    await driver.formCluster(await Promise.all(orders.map((order) => shardOf(open, order))), credentials, cancellationSignal());
    const nodeIds = orders.flatMap(({ primaryId, replicaIds }) => [primaryId, ...replicaIds]);
    await this.bench.ledger.record(context, nodeIds.map((nodeId) => ({ type: 'ShardNodeJoined', data: { clusterId: context.clusterId, nodeId } })));
    await recordSlots(this.bench, context, orders.map(({ primaryId }) => primaryId));
  }

  async attachReplica(context: StepContext, nodeId: string, primaryId: string): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    await driver.attachReplica(await engineNode(open, nodeId), await engineNode(open, primaryId), credentials, cancellationSignal());
    await this.bench.ledger.record(context, [{ type: 'ShardNodeJoined', data: { clusterId: context.clusterId, nodeId } }]);
  }

  async moveSlotsTo(context: StepContext, primaryId: string, primaryIds: readonly string[]): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    await driver.addShard(await engineNode(open, primaryId), await engineNodes(open, primaryIds), credentials, moveOptions());
    await this.bench.ledger.record(context, [{ type: 'ShardNodeJoined', data: { clusterId: context.clusterId, nodeId: primaryId } }]);
    await recordSlots(this.bench, context, [...primaryIds, primaryId]);
  }

  /**
   * What has no machine, or is empty and part of no move, has nothing to give: a new shard that never came to the cluster, and one
   * that was drained by a call whose fact could not be written.
   */
  async drainShard(context: StepContext, primaryId: string, otherPrimaryIds: readonly string[]): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    if (await isGone(open.provider, primaryId)) return;
    const primary = await engineNode(open, primaryId);
    const seen = await driver.shardHealth(primary, credentials);
    const isDrained = seen.reachable && seen.role === 'empty' && seen.slotsInMotion === 0;
    if (!isDrained) await driver.drainShard(primary, await engineNodes(open, otherPrimaryIds), credentials, moveOptions());
    await recordSlots(this.bench, context, otherPrimaryIds);
  }

  async spreadSlots(context: StepContext, primaryIds: readonly string[]): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    await driver.spreadEvenly(await engineNodes(open, primaryIds), credentials, moveOptions());
    await recordSlots(this.bench, context, primaryIds);
  }

  /** One after the other, replicas of a node before it where they stand before it: a node is asked for its own id. */
  async forgetNodes(context: StepContext, nodeIds: readonly string[], otherIds: readonly string[]): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    const others = await engineNodes(open, otherIds);
    for (const nodeId of nodeIds) {
      if (await isGone(open.provider, nodeId)) continue;
      await driver.forgetNode(await engineNode(open, nodeId), others, credentials);
    }
  }

  async takeShardOver(context: StepContext, replicaId: string, primaryId: string): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    await driver.failOverWithinShard(await engineNode(open, replicaId), await engineNode(open, primaryId), credentials, TAKE_OVER_TIMEOUT_MS);
  }

  async verifyShards(context: StepContext, orders: readonly ShardOrder[], orElse?: readonly ShardOrder[]): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    const ways = await Promise.all([orders, ...(orElse ? [orElse] : [])].map((way) => Promise.all(way.map((order) => shardOf(open, order)))));
    const nodes = (ways[0] ?? []).flatMap(({ primary, replicas }) => [primary, ...replicas]);
    await untilContent(async () => {
      const seen = new Map(await Promise.all(nodes.map(async (node) => [node.name, await driver.shardHealth(node, credentials)] as const)));
      const complaints = ways.map((shards) => complaintOf(shards, seen));
      return complaints.every((complaint) => complaint !== undefined) ? complaints[0] : undefined;
    }, VERIFY_LIMITS);
  }
}

/** As the servers say themselves. Of a shard that its replica took over meanwhile, the slots of the shard. */
const recordSlots = async (bench: Workbench, context: StepContext, primaryIds: readonly string[]): Promise<void> => {
  const { driver, open, credentials } = await shardsOf(bench, context);
  const slots = await Promise.all(
    primaryIds.map(async (nodeId) => {
      const seen = await driver.shardHealth(await engineNode(open, nodeId), credentials);
      if (!seen.reachable) throw new ConditionNotMet('verification-failed', seen.problem, nodeId, false);
      return { nodeId, count: seen.slotCount };
    }),
  );
  await bench.ledger.record(context, [{ type: 'SlotsSpread', data: { clusterId: context.clusterId, slots } }]);
};

/** The first thing that is not as it must be. */
const complaintOf = (shards: readonly Shard[], seen: ReadonlyMap<string, ShardNodeHealth>): ConditionNotMet | undefined => {
  for (const { primary, replicas } of shards) {
    for (const node of [primary, ...replicas]) {
      const health = seen.get(node.name);
      const problem = health && (takenOver(health, node === primary ? replicas : []) ?? problemOf(health, node === primary ? undefined : primary));
      if (problem !== undefined) return new ConditionNotMet('verification-failed', `${node.name} ${problem}.`, node.name, false);
    }
  }
  return undefined;
};

/** The servers let a replica take over by themselves when its primary does not answer for some seconds; the facts do not know of it. */
const takenOver = (seen: ShardNodeHealth, replicas: readonly EngineNode[]): string | undefined => {
  const successor = seen.reachable && seen.role === 'replica' ? replicas.find((node) => [node.name, `${node.machine.address}:${node.port}`].includes(seen.primaryName ?? '')) : undefined;
  return successor && `is a replica now: ${successor.name} took its shard over by itself. Promote ${successor.name}, and it is recorded`;
};

interface OpenShards {
  readonly open: OpenCluster;
  readonly driver: ShardedEngine;
  readonly credentials: Awaited<ReturnType<Workbench['credentials']>>;
}

const shardsOf = async (bench: Workbench, context: StepContext): Promise<OpenShards> => {
  const open = await bench.open(context);
  return { open, driver: shardedFor(bench.drivers, open.cluster.engine), credentials: await bench.credentials(context) };
};

const shardOf = async (open: OpenCluster, { primaryId, replicaIds }: ShardOrder): Promise<Shard> => ({
  primary: await engineNode(open, primaryId),
  replicas: await engineNodes(open, replicaIds),
});

/** How far it is goes with the sign of life, where Temporal's web UI shows it. */
const moveOptions = (): MoveOptions => {
  const { heartbeat } = Context.current();
  return { signal: cancellationSignal(), onProgress: (progress) => heartbeat(progress) };
};

/** What is not as it must be of a primary, or of a replica of `primary`. */
const problemOf = (seen: ShardNodeHealth, primary: EngineNode | undefined): string | undefined => {
  if (!seen.reachable) return `does not answer: ${seen.problem}`;
  if (!seen.clusterOk) return 'does not see every slot served';
  if (seen.slotsInMotion > 0) return `has ${seen.slotsInMotion} slots whose move was broken off`;
  if (primary === undefined) return seen.role === 'primary' && seen.slotCount > 0 ? undefined : `is ${seen.role}; it must be a primary with slots`;
  if (seen.role !== 'replica') return `is ${seen.role}; it must be a replica of ${primary.name}`;
  const known = [primary.name, `${primary.machine.address}:${primary.port}`];
  if (seen.primaryName !== undefined && !known.includes(seen.primaryName)) return `copies ${seen.primaryName}; it must copy ${primary.name}`;
  return seen.streaming ? undefined : `does not stream from ${primary.name}`;
};
