import type { FactPage, Position, ReadAllOptions } from '@holdfast/domain';
import type { Pool } from 'pg';
import { COLUMNS, positionOf, toFact, type FactRow, type PlaceRow } from './fact-row.js';
import { decodePosition } from './position.js';
import type { Upcasters } from './upcasters.js';

/** Behind the oldest transaction that is still open: whatever commits later stands after these. */
const SETTLED = 'tx < pg_snapshot_xmin(pg_current_snapshot())';
const HEAD = `select tx, global_position from event_store.events where ${SETTLED} order by events.tx desc, events.global_position desc limit 1`;
const AFTER = `(tx, global_position) > ($1::xid8, $2::bigint) and ${SETTLED}`;

const READ_ALL = {
  name: 'read-all',
  text: `select ${COLUMNS} from event_store.events where ${AFTER} order by events.tx, events.global_position limit $3`,
};

/** Answers the head of the same moment too, in every row: up to there nothing was wanted but what came. */
const READ_FILTERED = {
  name: 'read-all-filtered',
  text: `
    with head as materialized (${HEAD}),
    found as materialized (
      select * from event_store.events
      where ${AFTER} and ($4::text[] is null or type = any($4)) and starts_with(stream, $5)
      order by tx, global_position limit $3)
    select head.tx::text as head_tx, head.global_position as head_position, ${COLUMNS.replace(/global_position|tx::text/g, 'found.$&')}
    from head left join found on true order by found.tx, found.global_position`,
};

/** The head alone has no fact beside it. */
type FilteredRow = { head_tx: string; head_position: string } & (FactRow | { [K in keyof FactRow]: null });

export const readAll = async (pool: Pool, upcasters: Upcasters, { after, limit, types, streamPrefix }: ReadAllOptions): Promise<FactPage> => {
  const { tx, row } = decodePosition(after);
  const place = [String(tx), String(row), limit];
  if (types === undefined && streamPrefix === undefined) {
    const { rows } = await pool.query<FactRow>({ ...READ_ALL, values: place });
    return { facts: rows.map((found) => toFact(found, upcasters)), next: lastPosition(rows) ?? after };
  }
  const { rows } = await pool.query<FilteredRow>({ ...READ_FILTERED, values: [...place, types ?? null, streamPrefix ?? ''] });
  const found = rows.filter((candidate): candidate is Extract<FilteredRow, FactRow> => candidate.event_id !== null);
  const [first] = rows;
  const head = first === undefined ? after : positionOf({ tx: first.head_tx, global_position: first.head_position });
  const reached = found.length === limit ? lastPosition(found) : head;
  return { facts: found.map((fact) => toFact(fact, upcasters)), next: reached !== undefined && reached > after ? reached : after };
};

export const readHead = async (pool: Pool): Promise<Position | undefined> => {
  const { rows } = await pool.query<PlaceRow>(`select tx::text as tx, global_position from (${HEAD}) as head`);
  return lastPosition(rows);
};

const lastPosition = (rows: readonly PlaceRow[]): Position | undefined => {
  const last = rows.at(-1);
  return last === undefined ? undefined : positionOf(last);
};
