import { EMPTY_JOURNAL, evolveJournal, operationStream, type ClusterEvent, type EventStore, type OperationEvent, type OperationJournal, type RecordedFact } from '@holdfast/domain';
import type { ExistingHistory } from '../clusters/cluster-history.js';
import { acceptanceIn } from './accepted-operation.js';

type BoundaryFact<T extends ClusterEvent['type']> = RecordedFact<Extract<ClusterEvent, { type: T }>>;
export type EndFact = BoundaryFact<'OperationSucceeded' | 'OperationFailed' | 'OperationCancelled' | 'OperationUndone'>;

/** Everything the facts say about one operation. */
export interface OperationHistory {
  readonly clusterName: string;
  readonly accepted: BoundaryFact<'OperationAccepted'>;
  readonly journal: OperationJournal;
  readonly journalFacts: readonly RecordedFact<OperationEvent>[];
  readonly end?: EndFact;
}

const END_TYPES = new Set(['OperationSucceeded', 'OperationFailed', 'OperationCancelled', 'OperationUndone']);
const JOURNAL_TYPES = new Set<string>([
  'StepStarted',
  'StepCompleted',
  'StepFailed',
  'StepSkipped',
  'StepUndone',
  'PointOfNoReturnPassed',
  'OperationStuck',
  'OperatorAnswered',
  'OperationInterrupted',
] satisfies OperationEvent['type'][]);

/** Undefined when this cluster's stream knows no such operation. */
export const readOperation = async (store: EventStore, cluster: ExistingHistory, operationId: string): Promise<OperationHistory | undefined> => {
  const accepted = acceptanceIn(cluster, operationId);
  if (accepted === undefined) return undefined;
  // Unknown types of newer versions say nothing that could be shown here.
  const journalFacts = (await store.readStream(operationStream(operationId))).filter((fact): fact is RecordedFact<OperationEvent> => JOURNAL_TYPES.has(fact.type));
  const end = cluster.facts.find((fact): fact is EndFact => END_TYPES.has(fact.type) && (fact as EndFact).data.operationId === operationId);
  return {
    clusterName: cluster.cluster.name,
    accepted,
    journal: journalFacts.reduce((journal, fact) => evolveJournal(journal, fact as OperationEvent), EMPTY_JOURNAL),
    journalFacts,
    ...(end === undefined ? {} : { end }),
  };
};
