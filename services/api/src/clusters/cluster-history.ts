import { evolveCluster, foldCluster, type Cluster, type ClusterEvent, type ExistingCluster, type RecordedFact } from '@holdfast/domain';

/** A cluster's stream, read whole: what is true of it. */
export interface ClusterHistory {
  readonly clusterId: string;
  readonly facts: readonly RecordedFact<ClusterEvent>[];
  readonly cluster: Cluster;
}

/** The history of a cluster that has facts. */
export interface ExistingHistory extends ClusterHistory {
  readonly cluster: ExistingCluster;
  /** Version of the newest fact. */
  readonly version: number;
  /** Position of the newest fact. */
  readonly position: string;
}

export const historyOf = (clusterId: string, facts: readonly RecordedFact[]): ExistingHistory | undefined => {
  // The streams of clusters hold these facts alone; unknown types of newer versions change nothing when they are folded.
  const known = facts as readonly RecordedFact<ClusterEvent>[];
  const cluster = foldCluster(known as readonly ClusterEvent[]);
  const last = known.at(-1);
  if (cluster.status === 'absent' || last === undefined) return undefined;
  return { clusterId, facts: known, cluster, version: last.version, position: last.position };
};

/** The history with the facts that came after it. */
export const extended = (history: ExistingHistory, facts: readonly RecordedFact[]): ExistingHistory => {
  const news = facts as readonly RecordedFact<ClusterEvent>[];
  let cluster: Cluster = history.cluster;
  for (const fact of news) cluster = evolveCluster(cluster, fact as ClusterEvent);
  const last = news.at(-1);
  if (cluster.status === 'absent' || last === undefined) return history;
  return { clusterId: history.clusterId, facts: [...history.facts, ...news], cluster, version: last.version, position: last.position };
};

/** The history as it was at an instant; undefined when there was nothing yet. */
export const historyAt = (history: ExistingHistory, instant: Date): ExistingHistory | undefined =>
  historyOf(
    history.clusterId,
    history.facts.filter((fact) => Date.parse(fact.at) <= instant.getTime()),
  );
