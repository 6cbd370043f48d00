import {
  clusterStream,
  decideRecord,
  evolveCluster,
  foldCluster,
  VersionConflict,
  type Cluster,
  type ClusterEvent,
  type EventStore,
  type ExistingCluster,
  type NewFact,
  type RecordedFact,
} from '@holdfast/domain';
import type { StepContext } from '@holdfast/workflows/contracts';
import { factId } from './deterministic-uuid.js';
import { Refused } from './refused.js';
import { sameJson } from './same-json.js';

/** A cluster's stream is quiet: only its lock's holder and a change of settings write. More conflicts in a row mean trouble. */
const ATTEMPTS_MAX = 5;

type ClusterFact = RecordedFact<ClusterEvent>;

/** The facts of clusters, as activities read and write them. */
export class ClusterLedger {
  constructor(private readonly store: EventStore) {}

  /**
   * The cluster, provided that the operation still holds its lock: a worker that was paused until its operation had ended must
   * not act. Throws Refused with `unknown-cluster` or `lock-not-held`.
   */
  async held(context: StepContext): Promise<ExistingCluster> {
    const cluster = foldCluster(eventsOf(await this.read(context.clusterId)));
    if (cluster.status === 'absent') throw new Refused({ code: 'unknown-cluster', detail: `There is no cluster ${context.clusterId}.` });
    if (cluster.busyWith?.operationId !== context.operationId) {
      throw new Refused({ code: 'lock-not-held', detail: `Operation ${context.operationId} does not hold the lock of cluster ${cluster.name}.` });
    }
    return cluster;
  }

  /**
   * Appends what is not recorded yet, all or nothing. Throws Refused, and VersionConflict when the stream would not stand still.
   *
   * What this step has said last about the same subject is not said twice, so a repeated call writes nothing; what was undone
   * and done again is a new fact.
   */
  async record(context: StepContext, events: readonly ClusterEvent[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const facts = await this.read(context.clusterId);
      const fresh = newFacts(context, facts, events);
      if (fresh.length === 0) return;
      try {
        await this.store.append(clusterStream(context.clusterId), facts.at(-1)?.version ?? 'no-stream', fresh);
        return;
      } catch (error) {
        if (!(error instanceof VersionConflict) || attempt >= ATTEMPTS_MAX) throw error;
      }
    }
  }

  private async read(clusterId: string): Promise<ClusterFact[]> {
    return (await this.store.readStream(clusterStream(clusterId))) as ClusterFact[];
  }
}

const eventsOf = (facts: readonly ClusterFact[]): ClusterEvent[] => facts.map(({ type, data }) => ({ type, data }) as ClusterEvent);

const newFacts = (context: StepContext, facts: readonly ClusterFact[], events: readonly ClusterEvent[]): NewFact<ClusterEvent>[] => {
  let cluster: Cluster = foldCluster(eventsOf(facts));
  const fresh: NewFact<ClusterEvent>[] = [];
  for (const event of events) {
    const said = facts.filter((fact) => isFromStep(fact, context) && subjectOf(fact) === subjectOf(event));
    const last = said.at(-1);
    if (last?.type === event.type && sameJson(last.data, event.data)) continue;
    const decision = decideRecord(cluster, context.operationId, event);
    if (!decision.accepted) throw new Refused(decision.refusal);
    for (const accepted of decision.events) {
      cluster = evolveCluster(cluster, accepted);
      fresh.push(factOf(context, accepted, said.filter((fact) => fact.type === accepted.type).length));
    }
  }
  return fresh;
};

const isFromStep = (fact: ClusterFact, { operationId, step }: StepContext): boolean => fact.meta.correlationId === operationId && fact.meta.step === step;

/** What a fact is about: a node, the endpoint, or the cluster itself. */
const subjectOf = (event: Pick<ClusterEvent, 'type' | 'data'>): string => {
  if ('nodeId' in event.data) return event.data.nodeId;
  return event.type.startsWith('Endpoint') ? 'endpoint' : 'cluster';
};

const factOf = (context: StepContext, event: ClusterEvent, occurrence: number): NewFact<ClusterEvent> => {
  const { operationId, actor, reason, step } = context;
  return {
    id: factId(operationId, step, event.type, subjectOf(event), occurrence),
    type: event.type,
    schemaVersion: 1,
    data: event.data,
    meta: { actor, ...(reason === undefined ? {} : { reason }), correlationId: operationId, step },
  };
};
