import type { ClusterEvent, OperationEvent, OperationKind, RecordedFact } from '@holdfast/domain';
import type { OperationStateWord } from '@holdfast/infra/read-models';
import type { PoolClient } from 'pg';
import type { Projection } from '../projection.js';

/** A row of the table, with its columns' names. */
interface Row {
  readonly id: string;
  readonly cluster_id: string;
  readonly cluster_name: string;
  readonly kind: OperationKind;
  readonly state: OperationStateWord;
  readonly actor: string;
  readonly reason: string | null;
  /** The step it is at, or ended at. */
  readonly step: string | null;
  readonly accepted_at: string;
  readonly ended_at: string | null;
  readonly accepted_position: string;
}

/** Every operation: where it is, and how it ended. */
export const operationsProjection: Projection = {
  name: 'operations',
  async apply(client, schema, facts) {
    const told = facts.filter((fact) => operationIdOf(fact) !== undefined);
    if (told.length === 0) return;
    const rows = await load(client, schema, told);
    const changed = new Map<string, Row>();
    for (const fact of told) {
      const id = operationIdOf(fact) ?? '';
      const row = evolve(rows.get(id), fact, rows);
      if (row === undefined) continue;
      rows.set(id, row);
      changed.set(id, row);
    }
    await save(client, schema, [...changed.values()]);
  },
};

const operationIdOf = ({ data }: RecordedFact): string | undefined =>
  'operationId' in data && typeof data.operationId === 'string' ? data.operationId : undefined;
const clusterIdOf = ({ data }: RecordedFact): string | undefined => ('clusterId' in data && typeof data.clusterId === 'string' ? data.clusterId : undefined);

const evolve = (row: Row | undefined, fact: RecordedFact, rows: ReadonlyMap<string, Row>): Row | undefined => {
  const event = fact as unknown as ClusterEvent | OperationEvent;
  if (event.type === 'OperationAccepted') return row ?? accepted(event.data, fact, rows);
  // An operation that has ended stays ended.
  if (row?.ended_at !== null) return row;
  switch (event.type) {
    case 'OperationSucceeded':
      return { ...row, state: 'succeeded', ended_at: fact.at };
    case 'OperationFailed':
      return { ...row, state: 'failed', ended_at: fact.at };
    case 'OperationCancelled':
      return { ...row, state: 'cancelled', ended_at: fact.at };
    case 'OperationUndone':
      return { ...row, state: 'undone', ended_at: fact.at };
    case 'OperationStuck':
      return { ...row, state: 'stuck', step: event.data.step };
    case 'StepStarted':
    case 'StepCompleted':
    case 'StepSkipped':
    case 'StepUndone':
    case 'OperatorAnswered':
      return { ...row, state: 'running', step: event.data.step };
    default:
      return row;
  }
};

const accepted = (data: Extract<ClusterEvent, { type: 'OperationAccepted' }>['data'], fact: RecordedFact, rows: ReadonlyMap<string, Row>): Row => {
  // The first operation of a cluster is its deployment, whose input has the name; the others find it there.
  const named = 'name' in data.input ? data.input.name : [...rows.values()].find((other) => other.cluster_id === data.clusterId)?.cluster_name;
  return {
    id: data.operationId,
    cluster_id: data.clusterId,
    cluster_name: named ?? data.clusterId,
    kind: data.kind,
    state: 'accepted',
    actor: fact.meta.actor,
    reason: fact.meta.reason ?? null,
    step: null,
    accepted_at: fact.at,
    ended_at: null,
    accepted_position: fact.position,
  };
};

/** The operations that the facts tell of, and for each of their clusters one more that knows its name. */
const load = async (client: PoolClient, schema: string, facts: readonly RecordedFact[]): Promise<Map<string, Row>> => {
  const { rows } = await client.query<{ row: Row }>(
    `select to_jsonb(o) as row from ${schema}.operations o where id = any($1)
     union all
     (select distinct on (cluster_id) to_jsonb(o) from ${schema}.operations o
      where cluster_id = any($2) and id <> all($1) order by cluster_id, accepted_position desc)`,
    [[...new Set(facts.map(operationIdOf))], [...new Set(facts.map(clusterIdOf))]],
  );
  return new Map(rows.map(({ row }) => [row.id, row]));
};

const save = async (client: PoolClient, schema: string, rows: readonly Row[]): Promise<void> => {
  await client.query(
    `insert into ${schema}.operations select * from jsonb_populate_recordset(null::${schema}.operations, $1::jsonb)
     on conflict (id) do update set state = excluded.state, step = excluded.step, ended_at = excluded.ended_at`,
    [JSON.stringify(rows)],
  );
};
