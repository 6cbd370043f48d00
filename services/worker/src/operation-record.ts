import {
  clusterStream,
  EMPTY_JOURNAL,
  evolveJournal,
  operationStream,
  type ClusterEvent,
  type EventStore,
  type OperationEvent,
  type OperationJournal,
  type RecordedFact,
} from '@holdfast/domain';
import type { OperationWorkflowInput } from '@holdfast/workflows/contracts';

/** The facts that end an operation and free its lock. */
export const END_TYPES = ['OperationSucceeded', 'OperationFailed', 'OperationCancelled', 'OperationUndone'] as const;

type ClusterFact = RecordedFact<ClusterEvent>;

/** What a cluster's stream says of one operation. */
export interface OperationRecord {
  readonly input: OperationWorkflowInput;
  readonly ended: boolean;
}

/** Undefined when the stream does not know the operation. */
export const readOperation = async (store: EventStore, clusterId: string, operationId: string): Promise<OperationRecord | undefined> => {
  const facts = (await store.readStream(clusterStream(clusterId))) as ClusterFact[];
  const accepted = facts.find((fact): fact is RecordedFact<Extract<ClusterEvent, { type: 'OperationAccepted' }>> => isAcceptance(fact) && fact.data.operationId === operationId);
  const requested = facts.find((fact): fact is RecordedFact<Extract<ClusterEvent, { type: 'ClusterRequested' }>> => fact.type === 'ClusterRequested');
  if (accepted === undefined || requested === undefined) return undefined;
  const { kind, input, plan } = accepted.data;
  const { actor, reason } = accepted.meta;
  return {
    input: { operationId, clusterId, clusterName: requested.data.name, kind, actor, ...(reason === undefined ? {} : { reason }), input, plan },
    ended: facts.some((fact) => isEnd(fact) && 'operationId' in fact.data && fact.data.operationId === operationId),
  };
};

export const isEnd = (fact: Pick<RecordedFact, 'type'>): boolean => END_TYPES.some((type) => type === fact.type);

const isAcceptance = (fact: ClusterFact): fact is RecordedFact<Extract<ClusterEvent, { type: 'OperationAccepted' }>> => fact.type === 'OperationAccepted';

type JournalFact = RecordedFact<OperationEvent>;

/** How far an operation has come, and when and how often it was interrupted. */
export interface JournalRecord {
  readonly journal: OperationJournal;
  readonly interruptions: readonly JournalFact[];
}

export const readJournal = async (store: EventStore, operationId: string): Promise<JournalRecord> => {
  const facts = (await store.readStream(operationStream(operationId))) as JournalFact[];
  const journal = facts.reduce((state, { type, data }) => evolveJournal(state, { type, data } as OperationEvent), EMPTY_JOURNAL);
  return { journal, interruptions: facts.filter((fact) => fact.type === 'OperationInterrupted') };
};
