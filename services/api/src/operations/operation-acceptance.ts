import {
  clusterStream,
  decideOperation,
  DuplicateFact,
  findRepeat,
  VersionConflict,
  type ClusterEvent,
  type EventStore,
  type NewFact,
  type OperationAcceptedData,
} from '@holdfast/domain';
import type { ExistingHistory } from '../clusters/cluster-history.js';
import type { ClusterLocator } from '../clusters/cluster-locator.js';
import type { ClusterDirectory } from '../facts/cluster-directory.js';
import { Problem, refused } from '../problems/problem.js';
import { acceptanceIn, answerOf, type AcceptedOperation } from './accepted-operation.js';
import { acceptanceFactId } from './operation-identity.js';
import type { OperationOrder } from './operation-order.js';
import type { OperationPlanner, PlannedOperation } from './operation-planner.js';
import type { OperationStarter } from './operation-starter.js';

/** Others may change the cluster between reading and appending; more conflicts than this in a row are told to the caller. */
const ATTEMPTS_MAX = 5;

/**
 * Accepts operations: one read of the cluster's stream, the domain's decision, one append. The fact is the queue and the lock;
 * nothing else is written.
 */
export class OperationAcceptance {
  constructor(
    private readonly store: EventStore,
    private readonly locator: ClusterLocator,
    private readonly planner: OperationPlanner,
    private readonly starter: OperationStarter,
    private readonly directory: ClusterDirectory,
  ) {}

  /** Throws a Problem when it is refused, VersionConflict when the cluster would not stand still. */
  async accept(order: OperationOrder): Promise<AcceptedOperation> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(order);
      } catch (error) {
        if (!(error instanceof VersionConflict) || attempt >= ATTEMPTS_MAX) throw error;
      }
    }
  }

  private async attempt(order: OperationOrder): Promise<AcceptedOperation> {
    const history = await ('newName' in order.target ? this.locator.findByName(order.target.newName) : this.locator.find(order.target.cluster));
    const before = history === undefined ? undefined : repeatIn(history, order);
    if (before !== undefined) return before;
    try {
      return await this.append(order, await this.planner.plan(order.request, history));
    } catch (error) {
      if (!(error instanceof DuplicateFact) && !(error instanceof Problem)) throw error;
      return await this.fromEarlierCluster(order, history, error);
    }
  }

  private async append(order: OperationOrder, planned: PlannedOperation): Promise<AcceptedOperation> {
    const { place, request, plan, planHash } = planned;
    const decision = decideOperation(place.cluster, request, place.context, plan, { ...order.identity, planHash });
    if (!decision.accepted) throw refused(decision.refusal);
    if (order.planHash !== undefined && order.planHash !== planHash) throw planChanged(planned);
    const facts = decision.events.map((event, index) => factOf(event, index, order));
    const { position, deduplicated } = await this.store.append(clusterStream(place.context.clusterId), place.expected, facts);
    // The same key came twice at once, and the other was first: perhaps with another body, so it is looked at as any repeat.
    if (deduplicated) return this.attempt(order);
    const accepted: OperationAcceptedData = { clusterId: place.context.clusterId, kind: request.kind, input: request.input, plan, planHash, ...order.identity };
    this.directory.remember(accepted.operationId, accepted.clusterId);
    this.starter.offer({
      ...{ operationId: accepted.operationId, clusterId: accepted.clusterId, clusterName: place.clusterName, kind: request.kind },
      ...{ actor: order.context.actor, ...(order.reason === undefined ? {} : { reason: order.reason }) },
      ...{ input: request.input, plan },
    });
    return answerOf(accepted, place.clusterName, position);
  }

  /**
   * The request may be the repeat of one that an earlier cluster of this name accepted: the store knows its fact, or the rules refuse
   * it on the newer cluster. Its first answer is found there; it never acts on the newer cluster.
   */
  private async fromEarlierCluster(order: OperationOrder, history: ExistingHistory | undefined, error: DuplicateFact | Problem): Promise<AcceptedOperation> {
    if (history !== undefined && (order.context.idempotencyKey !== undefined || error instanceof DuplicateFact)) {
      for await (const earlier of this.locator.earlier(history)) {
        const before = repeatIn(earlier, order);
        if (before !== undefined) return before;
      }
    }
    if (error instanceof Problem) throw error;
    throw new Problem(409, 'idempotency-key-reused', 'This Idempotency-Key was used for another request.', { operationId: order.identity.operationId });
  }
}

/** The first answer, when this history holds it; throws when it holds it for another body. */
const repeatIn = (history: ExistingHistory, { identity }: OperationOrder): AcceptedOperation | undefined => {
  const repeat = findRepeat(history.cluster, identity.operationId, identity.requestHash);
  if (repeat.repeat === 'none') return undefined;
  if (repeat.repeat === 'other') throw refused(repeat.refusal);
  const fact = acceptanceIn(history, identity.operationId);
  if (fact === undefined) throw new Error(`Operation ${identity.operationId} has no fact of its acceptance.`);
  return answerOf(fact.data, history.cluster.name, fact.position);
};

const planChanged = ({ plan, planHash }: PlannedOperation): Problem =>
  new Problem(412, 'plan-changed', 'The plan would differ now from the one that was agreed to. Look at the new plan and send its hash.', { plan, planHash });

const factOf = (event: ClusterEvent, index: number, order: OperationOrder): NewFact<ClusterEvent> => ({
  id: acceptanceFactId(order.identity.operationId, index),
  type: event.type,
  schemaVersion: 1,
  data: event.data,
  meta: {
    actor: order.context.actor,
    ...(order.reason === undefined ? {} : { reason: order.reason }),
    correlationId: order.identity.operationId,
  },
});
