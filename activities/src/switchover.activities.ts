import { PROMOTION_LAG_BYTES_MAX, type EngineNode, type NodeHealth } from '@holdfast/domain';
import type { EngineActivities, StepContext } from '@holdfast/workflows/contracts';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { cancellationSignal, untilContent } from './lib/poll.js';
import { ConditionNotMet } from './lib/refused.js';
import { toApplicationFailure } from './lib/to-application-failure.js';
import { engineNode, isGone, memberOf, type Workbench } from './lib/workbench.js';
import { releaseReplicas } from './replication.activities.js';

/** A lag or a broken connection that is gone by then was none. */
const PREFLIGHT_LIMITS = { timeoutMs: 3_000, intervalMs: 200 };
/** A primary writes log at once. Own rule: a twentieth of the disk, and 256 MiB (16 log segments of PostgreSQL's default size) is always enough. */
const FREE_DISK_SHARE_MIN = 0.05;
const FREE_DISK_BYTES_ENOUGH = 256 * 1024 * 1024;
/** Half of the step's deadline, so that the driver has the other half to let the primary serve again. */
const FENCE_TIMEOUT_MS = 15_000;
/** The whole log is on its way when the primary stops; the step's deadline is 15 s. */
const CATCH_UP_TIMEOUT_MS = 10_000;
/** Nobody uses the candidate: what is left after this is ended by the driver. */
const RETREAT_STOP_TIMEOUT_MS = 20_000;
/** A promotion that was asked for shows within milliseconds; one that does not show for a second was not asked for. */
const PROMOTION_SHOWS_LOOKS = 5;
const PROMOTION_SHOWS_INTERVAL_MS = 200;

type Switchover = Pick<
  EngineActivities,
  'preflightPromotion' | 'prepareSwitchover' | 'fencePrimary' | 'unfencePrimary' | 'waitForLogPosition' | 'promote' | 'retreatFromPromotion' | 'restoreCandidate'
>;

/** Another node becomes the primary, and the way back from each point. */
export class SwitchoverActivities implements Switchover {
  constructor(private readonly bench: Workbench) {}

  /** What is still so after three seconds is final: the operation is refused instead of waiting for a better time. */
  async preflightPromotion(context: StepContext, candidateId: string, primaryId: string): Promise<void> {
    const open = await this.bench.open(context);
    const credentials = await this.bench.credentials(context);
    const [candidate, primary] = await Promise.all([engineNode(open, candidateId), engineNode(open, primaryId)]);
    await untilContent(async () => {
      const [replica, upstream] = await Promise.all([open.engine.health(candidate, credentials), open.engine.health(primary, credentials)]);
      return whyNotPromote({ candidate, replica, primary, upstream }) ?? (await whyDiskForbids(candidate));
    }, PREFLIGHT_LIMITS);
  }

  async prepareSwitchover(context: StepContext, candidateId: string, primaryId: string): Promise<void> {
    const open = await this.bench.open(context);
    const [candidate, primary, credentials] = await Promise.all([engineNode(open, candidateId), engineNode(open, primaryId), this.bench.credentials(context)]);
    await open.engine.prepareSwitchover(primary, candidate, credentials);
  }

  /** Fencing that took too long is not tried again: each try is a pause for clients, and the driver has let it serve again. */
  async fencePrimary(context: StepContext, nodeId: string): Promise<{ logPosition: string }> {
    const open = await this.bench.open(context);
    const logPosition = await onlyOnce(nodeId, async () => open.engine.fence(await engineNode(open, nodeId), await this.bench.credentials(context), FENCE_TIMEOUT_MS));
    await this.bench.ledger.record(context, [{ type: 'NodeFenced', data: { clusterId: context.clusterId, nodeId, logPosition } }]);
    return { logPosition };
  }

  async unfencePrimary(context: StepContext, nodeId: string): Promise<void> {
    const open = await this.bench.open(context);
    await open.engine.unfence(await engineNode(open, nodeId), await this.bench.credentials(context));
    // Undone before the fencing was recorded: there is nothing to take back in the facts.
    if (memberOf(open.cluster, nodeId).status !== 'fenced') return;
    await this.bench.ledger.record(context, [{ type: 'NodeUnfenced', data: { clusterId: context.clusterId, nodeId } }]);
  }

  async waitForLogPosition(context: StepContext, nodeId: string, logPosition: string): Promise<void> {
    const open = await this.bench.open(context);
    await open.engine.waitForPosition(await engineNode(open, nodeId), logPosition, await this.bench.credentials(context), CATCH_UP_TIMEOUT_MS);
  }

  async promote(context: StepContext, nodeId: string): Promise<void> {
    const open = await this.bench.open(context);
    await open.engine.promote(await engineNode(open, nodeId), await this.bench.credentials(context));
  }

  /**
   * A candidate that does not answer is stopped too: it may be about to become a primary. One that answers as a replica is looked
   * at for a second, since a promotion that was asked for just before may not show yet.
   */
  async retreatFromPromotion(context: StepContext, candidateId: string): Promise<void> {
    const open = await this.bench.open(context);
    if (await isGone(open.provider, candidateId)) return;
    const credentials = await this.bench.credentials(context);
    const candidate = await engineNode(open, candidateId);
    for (let look = 1; look <= PROMOTION_SHOWS_LOOKS; look += 1) {
      const health = await open.engine.health(candidate, credentials);
      if (!health.reachable || health.role === 'primary') {
        await open.engine.stopCleanly(candidate, credentials, RETREAT_STOP_TIMEOUT_MS);
        return;
      }
      await Context.current().sleep(PROMOTION_SHOWS_INTERVAL_MS);
    }
  }

  async restoreCandidate(context: StepContext, candidateId: string, primaryId: string, replicaIds: readonly string[]): Promise<void> {
    const open = await this.bench.open(context);
    const [candidate, primary, credentials] = await Promise.all([engineNode(open, candidateId), engineNode(open, primaryId), this.bench.credentials(context)]);
    const { way } = await open.engine.rejoinAsReplica(candidate, primary, credentials, cancellationSignal());
    // Following as before is no news; data that was rewound or copied anew is.
    if (way !== 'as-is') {
      await this.bench.ledger.record(context, [{ type: 'NodeRejoined', data: { clusterId: context.clusterId, nodeId: candidateId, upstreamId: primaryId, way } }]);
    }
    await releaseReplicas(this.bench, context, candidateId, replicaIds);
  }
}

const onlyOnce = async <R>(nodeId: string, attempt: () => Promise<R>): Promise<R> => {
  try {
    return await attempt();
  } catch (error) {
    const failure = toApplicationFailure(error, nodeId);
    if (failure.type !== 'stop-timed-out') throw error;
    throw ApplicationFailure.create({ message: failure.message, type: failure.type, nonRetryable: true, details: failure.details ?? [] });
  }
};

interface Pair {
  readonly candidate: EngineNode;
  readonly replica: NodeHealth;
  readonly primary: EngineNode;
  readonly upstream: NodeHealth;
}

const whyNotPromote = ({ candidate, replica, primary, upstream }: Pair): ConditionNotMet | undefined => {
  if (!upstream.reachable) return new ConditionNotMet('primary-not-answering', `${primary.name} does not answer: ${upstream.problem}`, primary.name, false);
  if (upstream.role !== 'primary') return new ConditionNotMet('not-the-primary', `${primary.name} is not the primary.`, primary.name, true);
  const notStreaming = (why: string): ConditionNotMet => new ConditionNotMet('replica-not-streaming', `${candidate.name} cannot be promoted: ${why}`, candidate.name, true);
  if (!replica.reachable) return notStreaming(`it does not answer: ${replica.problem}`);
  if (replica.role !== 'replica') return notStreaming('it is no replica.');
  const view = upstream.replicas.find((each) => each.name === candidate.name && each.streaming);
  if (!replica.streaming || view === undefined) return notStreaming(`it does not stream from ${primary.name}.`);
  if (view.replayLagBytes <= PROMOTION_LAG_BYTES_MAX) return undefined;
  const sentence = `${candidate.name} is ${view.replayLagBytes} bytes behind ${primary.name}; at most ${PROMOTION_LAG_BYTES_MAX} are allowed.`;
  return new ConditionNotMet('replica-behind', sentence, candidate.name, true);
};

const whyDiskForbids = async ({ machine, name }: EngineNode): Promise<ConditionNotMet | undefined> => {
  const { diskFreeBytes, diskTotalBytes } = await machine.metrics();
  const needed = Math.min(FREE_DISK_BYTES_ENOUGH, Math.ceil(diskTotalBytes * FREE_DISK_SHARE_MIN));
  if (diskFreeBytes >= needed) return undefined;
  return new ConditionNotMet('disk-full', `${name} has ${diskFreeBytes} bytes of free disk; a primary needs ${needed}.`, name, true);
};
