import type { Position, RecordedFact } from '@holdfast/domain';
import { encodePosition } from './position.js';
import { upcast, type Upcasters } from './upcasters.js';

/** What is read of a fact. `tx` is given as text: the driver knows no xid8. */
export const COLUMNS = 'global_position, tx::text as tx, stream, version, event_id, type, schema_version, data, meta, at';

export interface PlaceRow {
  tx: string;
  global_position: string;
}

export interface FactRow extends PlaceRow {
  stream: string;
  version: string;
  event_id: string;
  type: string;
  schema_version: number;
  data: object;
  meta: RecordedFact['meta'];
  at: Date;
}

export const positionOf = (row: PlaceRow): Position => encodePosition({ tx: BigInt(row.tx), row: BigInt(row.global_position) });

export const toFact = (row: FactRow, upcasters: Upcasters): RecordedFact => {
  const { data, schemaVersion } = upcast(upcasters, row.type, row.schema_version, row.data);
  return {
    id: row.event_id,
    type: row.type,
    schemaVersion,
    data,
    meta: row.meta,
    stream: row.stream,
    version: Number(row.version),
    position: positionOf(row),
    at: row.at.toISOString(),
  };
};
