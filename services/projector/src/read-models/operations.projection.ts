import type { PoolClient } from 'pg';
import type { ClusterEvent, OperationEvent, RecordedFact } from '@holdfast/domain';
import type { Projection } from '../projection.js';

const ENDS: Readonly<Record<string, string>> = {
  OperationSucceeded: 'succeeded',
  OperationFailed: 'failed',
  OperationCancelled: 'cancelled',
  OperationUndone: 'undone',
};

/** Every operation: where it is, and how it ended. */
export const operationsProjection: Projection = {
  name: 'operations',
  async apply(client, schema, fact) {
    const event = fact as unknown as ClusterEvent | OperationEvent;
    if (event.type === 'OperationAccepted') return accept(client, schema, fact, event.data);
    const end = ENDS[event.type];
    if (end !== undefined && 'operationId' in event.data) {
      await client.query(`update ${schema}.operations set state = $2, ended_at = $3 where id = $1`, [event.data.operationId, end, fact.at]);
      return;
    }
    await journal(client, schema, event);
  },
};

const accept = async (
  client: PoolClient,
  schema: string,
  fact: RecordedFact,
  data: Extract<ClusterEvent, { type: 'OperationAccepted' }>['data'],
): Promise<void> => {
  // A cluster's first operation is its deployment, whose input has the name.
  const named = 'name' in data.input ? data.input.name : undefined;
  await client.query(
    `insert into ${schema}.operations (id, cluster_id, cluster_name, kind, state, actor, reason, accepted_at, accepted_position)
     values ($1, $2, coalesce($8, (select cluster_name from ${schema}.operations where cluster_id = $2 limit 1), $2), $3, 'accepted', $4, $5, $6, $7)
     on conflict (id) do nothing`,
    [data.operationId, data.clusterId, data.kind, fact.meta.actor, fact.meta.reason ?? null, fact.at, fact.position, named ?? null],
  );
};

/** What the journal's facts mean for the list. */
const journal = async (client: PoolClient, schema: string, event: ClusterEvent | OperationEvent): Promise<void> => {
  switch (event.type) {
    case 'StepStarted':
      return setState(client, schema, event.data.operationId, 'running', event.data.step);
    case 'OperationStuck':
      return setState(client, schema, event.data.operationId, 'stuck', event.data.step);
    case 'OperatorAnswered':
    case 'StepCompleted':
    case 'StepSkipped':
    case 'StepUndone':
      return setState(client, schema, event.data.operationId, 'running', event.data.step);
    default:
  }
};

/** An operation that has ended stays ended. */
const setState = async (client: PoolClient, schema: string, id: string, state: string, step: string): Promise<void> => {
  await client.query(`update ${schema}.operations set state = $2, step = $3 where id = $1 and ended_at is null`, [id, state, step]);
};
