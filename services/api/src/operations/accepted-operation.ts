import { OPERATION_KINDS, type ClusterEvent, type OperationAcceptedData, type RecordedFact } from '@holdfast/domain';
import { z } from 'zod';
import type { ExistingHistory } from '../clusters/cluster-history.js';

/** What a changing request answers with 202. It is made from facts of the acceptance alone, so that a repeat gets the same at any time later. */
export const acceptedOperation = z
  .object({
    operation: z.object({
      id: z.string(),
      kind: z.enum(OPERATION_KINDS),
      state: z.literal('accepted'),
      cluster: z.object({ id: z.string(), name: z.string() }),
      planHash: z.string(),
    }),
    position: z.string().meta({ description: 'Of the fact; for `minPosition` of lists.' }),
  })
  .meta({ id: 'AcceptedOperation' });

export type AcceptedOperation = z.infer<typeof acceptedOperation>;

export const answerOf = (data: OperationAcceptedData, clusterName: string, position: string): AcceptedOperation => ({
  operation: {
    id: data.operationId,
    kind: data.kind,
    state: 'accepted',
    cluster: { id: data.clusterId, name: clusterName },
    planHash: data.planHash,
  },
  position,
});

type AcceptedFact = RecordedFact<Extract<ClusterEvent, { type: 'OperationAccepted' }>>;

/** The fact that accepted the operation. */
export const acceptanceIn = (history: ExistingHistory, operationId: string): AcceptedFact | undefined =>
  history.facts.find((fact): fact is AcceptedFact => fact.type === 'OperationAccepted' && (fact as AcceptedFact).data.operationId === operationId);
