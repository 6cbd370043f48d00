import { DuplicateFact, VersionConflict, type AppendResult, type ExpectedVersion, type NewFact, type Position } from '@holdfast/domain';
import type { Pool, QueryConfig } from 'pg';
import { codeOf, constraintOf, UNIQUE_VIOLATION } from './errors.js';
import { positionOf, type PlaceRow } from './fact-row.js';
import { query } from './pool.js';
import { toJsonb } from './to-jsonb.js';

const ANY_VERSION = -2;
const NO_STREAM = -1;
/** Of n appends that expect no version and meet on one stream, one is through at each attempt. */
const ANY_ATTEMPTS_MAX = 100;

/**
 * One statement, prepared once, and no function: what a plain INSERT costs, and the look at the stream's head. No row comes back when
 * the stream is not at the expected version; a head that moves meanwhile is a violation of `stream_version`.
 */
const appending = (place: string, values: string): string => `
  with head as (select coalesce(max(version), -1) as version from event_store.events where stream = $1)
  insert into event_store.events (stream, version, event_id, type, schema_version, data, meta)
  select $1, ${place}
  from head${values}
  where $2::bigint in (${ANY_VERSION}, head.version)`;
const RETURNING = 'returning version, tx::text as tx, global_position';

/** Nearly every append has one fact; without arrays it is a tenth cheaper. */
const APPEND_ONE = { name: 'append-one', text: `${appending('head.version + 1, $3::uuid, $4::text, $5::int, $6::jsonb, $7::jsonb', '')} ${RETURNING}` };
const APPEND_MANY = {
  name: 'append-many',
  text: `${appending(
    'head.version + fact.ordinal, fact.id, fact.type, fact.schema_version, fact.data, fact.meta',
    `, unnest($3::uuid[], $4::text[], $5::int[], $6::jsonb[], $7::jsonb[])
       with ordinality as fact (id, type, schema_version, data, meta, ordinal)`,
  )} order by fact.ordinal ${RETURNING}`,
};
const FIND = {
  name: 'find-by-id',
  text: 'select stream, version, tx::text as tx, global_position from event_store.events where event_id = any($1::uuid[]) order by version',
};

interface AppendedRow extends PlaceRow {
  version: string;
}

/** As EventStore.append says; errors of the database itself pass through. */
export const append = async (pool: Pool, stream: string, expected: ExpectedVersion, facts: readonly NewFact[]): Promise<AppendResult> => {
  if (facts.length === 0) throw new RangeError('An append has at least one fact.');
  const ids = facts.map((fact) => fact.id);
  if (new Set(ids).size < ids.length) throw new DuplicateFact(stream);
  const statement = statementFor(stream, expected, facts);
  for (let attempt = 1; ; attempt += 1) {
    const rows = await insert(pool, statement);
    if (rows.length > 0) return { ...lastOf(rows), deduplicated: false };
    const first = await findRepeat(pool, stream, ids);
    if (first !== undefined) return first;
    // Without an expectation only the race for the next version was lost.
    if (expected !== 'any' || attempt === ANY_ATTEMPTS_MAX) throw new VersionConflict(stream, expected);
  }
};

const statementFor = (stream: string, expected: ExpectedVersion, facts: readonly NewFact[]): QueryConfig => {
  const place = [stream, expected === 'any' ? ANY_VERSION : expected === 'no-stream' ? NO_STREAM : expected];
  const columns = facts.map((fact) => [fact.id, fact.type, fact.schemaVersion, toJsonb(fact.data), toJsonb(fact.meta)]);
  const [only] = columns;
  if (only !== undefined && columns.length === 1) return { ...APPEND_ONE, values: [...place, ...only] };
  return { ...APPEND_MANY, values: [...place, ...[0, 1, 2, 3, 4].map((column) => columns.map((fact) => fact[column]))] };
};

/** No rows when it is refused: the head stood elsewhere, or another append was first with its version or these facts. */
const insert = async (pool: Pool, statement: QueryConfig): Promise<AppendedRow[]> => {
  try {
    return await query<AppendedRow>(pool, statement);
  } catch (error) {
    if (codeOf(error) === UNIQUE_VIOLATION && ['stream_version', 'event_id'].includes(constraintOf(error))) return [];
    throw error;
  }
};

/** A repeat is told by its ids, whatever version it expects: its first call has moved the version itself. */
const findRepeat = async (pool: Pool, stream: string, ids: readonly string[]): Promise<AppendResult | undefined> => {
  const rows = await query<AppendedRow & { stream: string }>(pool, { ...FIND, values: [ids] });
  if (rows.length === 0) return undefined;
  if (rows.length < ids.length || rows.some((row) => row.stream !== stream)) throw new DuplicateFact(stream);
  return { ...lastOf(rows), deduplicated: true };
};

const lastOf = (rows: readonly AppendedRow[]): { version: number; position: Position } => {
  const last = rows.at(-1);
  if (last === undefined) throw new Error('The append answered no rows.');
  return { version: Number(last.version), position: positionOf(last) };
};
