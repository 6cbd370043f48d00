import type { EngineNode, MoveOptions, Shard, ShardedEngine, ShardNodeHealth } from '@holdfast/domain';
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
    await driver.startEmpty(await engineNode(open, nodeId), credentials);
  }

  async formCluster(context: StepContext, orders: readonly ShardOrder[]): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    await driver.formCluster(await Promise.all(orders.map((order) => shardOf(open, order))), credentials, cancellationSignal());
    const nodeIds = orders.flatMap(({ primaryId, replicaIds }) => [primaryId, ...replicaIds]);
    await this.bench.ledger.record(context, nodeIds.map((nodeId) => ({ type: 'ShardNodeJoined', data: { clusterId: context.clusterId, nodeId } })));
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
  }

  /** What has no machine, or is empty and part of no move, as a new shard that never came to the cluster, has nothing to give. */
  async drainShard(context: StepContext, primaryId: string, otherPrimaryIds: readonly string[]): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    if (await isGone(open.provider, primaryId)) return;
    const primary = await engineNode(open, primaryId);
    const seen = await driver.shardHealth(primary, credentials);
    if (seen.reachable && seen.role === 'empty' && seen.slotsInMotion === 0) return;
    await driver.drainShard(primary, await engineNodes(open, otherPrimaryIds), credentials, moveOptions());
  }

  async spreadSlots(context: StepContext, primaryIds: readonly string[]): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    await driver.spreadEvenly(await engineNodes(open, primaryIds), credentials, moveOptions());
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

  async verifyShards(context: StepContext, orders: readonly ShardOrder[]): Promise<void> {
    const { driver, open, credentials } = await shardsOf(this.bench, context);
    const shards = await Promise.all(orders.map((order) => shardOf(open, order)));
    const look = async (node: EngineNode, primary: EngineNode): Promise<ConditionNotMet | undefined> => {
      const problem = problemOf(await driver.shardHealth(node, credentials), node === primary ? undefined : primary);
      return problem === undefined ? undefined : new ConditionNotMet('verification-failed', `${node.name} ${problem}.`, node.name, false);
    };
    await untilContent(async () => {
      const seen = await Promise.all(shards.flatMap(({ primary, replicas }) => [primary, ...replicas].map((node) => look(node, primary))));
      return seen.find((complaint) => complaint !== undefined);
    }, VERIFY_LIMITS);
  }
}

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
