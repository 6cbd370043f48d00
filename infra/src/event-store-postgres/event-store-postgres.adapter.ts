import { Pool } from 'pg';
import {
  DuplicateFact,
  EventStoreUnavailable,
  type AppendResult,
  type EventStore,
  type ExpectedVersion,
  type FactPage,
  type NewFact,
  type Position,
  type ReadAllOptions,
  type RecordedFact,
  type SubscribeOptions,
  VersionConflict,
} from '@holdfast/domain';
import { codeOf, constraintOf, toPortError, UNIQUE_VIOLATION } from './errors.js';
import { decodePosition, encodePosition } from './position.js';
import { migrate } from './schema.js';
import { upcast, type Upcasters } from './upcasters.js';
import { Announcer, WakeUp } from './wake-up.js';

const CONNECT_TIMEOUT_MS = 2_000;
/** A statement that takes longer is stuck. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** An open writing transaction holds back every reader of the global order. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
const RECONNECT_DELAY_MS = 250;
const DEFAULT_BATCH = 500;
const ANY_VERSION = -2;
const NO_STREAM = -1;

// One prepared statement and no function: a plain INSERT, and a look at the stream's head. No row comes back when the stream is not
// at the expected version; a head that moves meanwhile is a violation of `stream_version`.
const APPEND = {
  name: 'append',
  text: `
    with head as (select coalesce(max(version), -1) as version from event_store.events where stream = $1)
    insert into event_store.events (stream, version, event_id, type, schema_version, data, meta)
    select $1, head.version + fact.ordinal, fact.id, fact.type, fact.schema_version, fact.data, fact.meta
    from head, unnest($3::uuid[], $4::text[], $5::int[], $6::jsonb[], $7::jsonb[])
      with ordinality as fact (id, type, schema_version, data, meta, ordinal)
    where $2::bigint in (${ANY_VERSION}, head.version)
    order by fact.ordinal
    returning version, tx::text as tx, global_position`,
};
const COLUMNS = 'global_position, tx::text as tx, stream, version, event_id, type, schema_version, data, meta, at';

type AppendedRow = Pick<FactRow, 'version' | 'tx' | 'global_position'>;

interface FactRow {
  global_position: string;
  tx: string;
  stream: string;
  version: string;
  event_id: string;
  type: string;
  schema_version: number;
  data: object;
  meta: RecordedFact['meta'];
  at: Date;
}

/**
 * The event store on PostgreSQL. The global order is (writing transaction, row); readers stop before the oldest transaction that
 * is still open, so that a fact committed late with a lower place is never skipped. (event-driven.io, "How Postgres sequences
 * issues can impact your messaging guarantees".)
 */
export class PostgresEventStore implements EventStore {
  private readonly announcer: Announcer;

  constructor(
    /** Also for read models and checkpoints that share a transaction. */
    readonly pool: Pool,
    private readonly upcasters: Upcasters = {},
  ) {
    this.announcer = new Announcer(pool);
  }

  /** Connects lazily; `migrate` or the first call finds out whether the server answers. */
  static connect(url: string, options: { readonly upcasters?: Upcasters; readonly maxConnections?: number; readonly queryTimeoutMs?: number } = {}): PostgresEventStore {
    return new PostgresEventStore(createPool(url, options.maxConnections, options.queryTimeoutMs), options.upcasters);
  }

  async migrate(): Promise<void> {
    await this.guard(() => migrate(this.pool));
  }

  async append(stream: string, expected: ExpectedVersion, facts: readonly NewFact[]): Promise<AppendResult> {
    if (facts.length === 0) throw new RangeError('An append has at least one fact.');
    const values = [
      stream,
      expected === 'any' ? ANY_VERSION : expected === 'no-stream' ? NO_STREAM : expected,
      facts.map((fact) => fact.id),
      facts.map((fact) => fact.type),
      facts.map((fact) => fact.schemaVersion),
      facts.map((fact) => JSON.stringify(fact.data)),
      facts.map((fact) => JSON.stringify(fact.meta)),
    ];
    const rows = await this.insert(values);
    if (rows.length === 0) return this.explainRefusal(stream, expected, facts);
    this.announcer.announce();
    return { ...lastOf(rows), deduplicated: false };
  }

  async readStream(stream: string, options: { fromVersion?: number; limit?: number } = {}): Promise<RecordedFact[]> {
    const { rows } = await this.guard(() =>
      this.pool.query<FactRow>({
        name: 'read-stream',
        text: `select ${COLUMNS} from event_store.events where stream = $1 and version >= $2 order by version limit $3`,
        values: [stream, options.fromVersion ?? 0, options.limit ?? null],
      }),
    );
    return rows.map((row) => this.toFact(row));
  }

  async readAll({ after, limit, types, streamPrefix }: ReadAllOptions): Promise<FactPage> {
    const { tx, row } = decodePosition(after);
    const filtered = types !== undefined || streamPrefix !== undefined;
    const { rows } = await this.guard(() =>
      this.pool.query<FactRow>({
        name: filtered ? 'read-all-filtered' : 'read-all',
        text: `select ${COLUMNS} from event_store.events
               where (tx, global_position) > ($1::xid8, $2::bigint) and tx < pg_snapshot_xmin(pg_current_snapshot())
               ${filtered ? 'and ($4::text[] is null or type = any($4)) and starts_with(stream, $5)' : ''}
               order by events.tx, events.global_position limit $3`,
        values: filtered ? [String(tx), String(row), limit, types ?? null, streamPrefix ?? ''] : [String(tx), String(row), limit],
      }),
    );
    const last = rows.at(-1);
    return { facts: rows.map((found) => this.toFact(found)), next: last === undefined ? after : positionOf(last) };
  }

  async *subscribe({ after, signal, batchSize = DEFAULT_BATCH, ...filter }: SubscribeOptions): AsyncIterable<FactPage> {
    const wakeUp = new WakeUp(this.pool, signal);
    let position = after;
    try {
      while (!signal.aborted) {
        const page = await this.readPatiently({ ...filter, after: position, limit: batchSize }, signal);
        if (page === undefined) return;
        position = page.next;
        if (page.facts.length > 0) yield page;
        if (page.facts.length < batchSize) await wakeUp.wait();
      }
    } finally {
      wakeUp.close();
    }
  }

  async head(): Promise<Position> {
    const { rows } = await this.guard(() =>
      this.pool.query<{ tx: string; global_position: string }>(
        `select tx::text as tx, global_position from event_store.events
         where tx < pg_snapshot_xmin(pg_current_snapshot()) order by events.tx desc, events.global_position desc limit 1`,
      ),
    );
    return rows[0] === undefined ? '' : positionOf(rows[0]);
  }

  async close(): Promise<void> {
    this.announcer.stop();
    await this.pool.end();
  }

  /** One page, however often the server goes away meanwhile; nothing when the signal ends it. */
  private async readPatiently(options: ReadAllOptions, signal: AbortSignal): Promise<FactPage | undefined> {
    while (!signal.aborted) {
      try {
        return await this.readAll(options);
      } catch (error) {
        if (!(error instanceof EventStoreUnavailable)) throw error;
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_DELAY_MS));
      }
    }
    return undefined;
  }

  /** No rows when it is refused: the head stood elsewhere, or another append was first with its version or these facts. */
  private async insert(values: readonly unknown[]): Promise<AppendedRow[]> {
    try {
      return (await this.pool.query<AppendedRow>({ ...APPEND, values: [...values] })).rows;
    } catch (error) {
      if (codeOf(error) === UNIQUE_VIOLATION && ['stream_version', 'event_id'].includes(constraintOf(error))) return [];
      throw toPortError(error);
    }
  }

  /** A repeat is told by its ids, before the version is looked at: its first call has moved the version itself. */
  private async explainRefusal(stream: string, expected: ExpectedVersion, facts: readonly NewFact[]): Promise<AppendResult> {
    const { rows } = await this.guard(() =>
      this.pool.query<AppendedRow & { stream: string }>(
        'select stream, version, tx::text as tx, global_position from event_store.events where event_id = any($1) order by version',
        [facts.map((fact) => fact.id)],
      ),
    );
    if (rows.length === facts.length && rows.every((row) => row.stream === stream)) return { ...lastOf(rows), deduplicated: true };
    if (rows.length > 0) throw new DuplicateFact(stream);
    throw new VersionConflict(stream, expected);
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toPortError(error);
    }
  }

  private toFact(row: FactRow): RecordedFact {
    const { data, schemaVersion } = upcast(this.upcasters, row.type, row.schema_version, row.data);
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
  }
}

/**
 * A pool whose every connection has the store's time limits. Broken idle connections are dropped silently: the next call gets another.
 * @param queryTimeoutMs after this a query is given up here, also when the server hangs; it may still have had its effect
 */
export const createPool = (url: string, maxConnections = 16, queryTimeoutMs?: number): Pool => {
  const pool = new Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: 'holdfast',
    ...(queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs }),
  });
  pool.on('error', () => undefined);
  return pool;
};

const positionOf = (row: { tx: string; global_position: string }): Position =>
  encodePosition({ tx: BigInt(row.tx), row: BigInt(row.global_position) });

const lastOf = (rows: readonly AppendedRow[]): { version: number; position: Position } => {
  const last = rows.at(-1);
  if (last === undefined) throw new Error('The append answered no rows.');
  return { version: Number(last.version), position: positionOf(last) };
};
