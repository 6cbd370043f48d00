import type { Pool } from 'pg';
import {
  EventStoreUnavailable,
  POSITION_START,
  type AppendResult,
  type EventStore,
  type ExpectedVersion,
  type FactPage,
  type NewFact,
  type Position,
  type ReadAllOptions,
  type RecordedFact,
  type SubscribeOptions,
} from '@holdfast/domain';
import { append } from './append.js';
import { toPortError } from './errors.js';
import { COLUMNS, toFact, type FactRow } from './fact-row.js';
import { createPool } from './pool.js';
import { readAll, readHead } from './read-all.js';
import { migrate } from './schema.js';
import type { Upcasters } from './upcasters.js';
import { Announcer, WakeUp } from './wake-up.js';

const RECONNECT_DELAY_MS = 250;
const DEFAULT_BATCH = 500;

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
  static connect(
    url: string,
    options: { readonly upcasters?: Upcasters; readonly maxConnections?: number; readonly queryTimeoutMs?: number } = {},
  ): PostgresEventStore {
    return new PostgresEventStore(createPool(url, options.maxConnections, options.queryTimeoutMs), options.upcasters);
  }

  async migrate(): Promise<void> {
    await this.guard(() => migrate(this.pool));
  }

  async append(stream: string, expected: ExpectedVersion, facts: readonly NewFact[]): Promise<AppendResult> {
    const result = await this.guard(() => append(this.pool, stream, expected, facts));
    if (!result.deduplicated) this.announcer.announce();
    return result;
  }

  async readStream(stream: string, options: { fromVersion?: number; limit?: number } = {}): Promise<RecordedFact[]> {
    const { rows } = await this.guard(() =>
      this.pool.query<FactRow>({
        name: 'read-stream',
        text: `select ${COLUMNS} from event_store.events where stream = $1 and version >= $2 order by version limit $3`,
        values: [stream, options.fromVersion ?? 0, options.limit ?? null],
      }),
    );
    return rows.map((row) => toFact(row, this.upcasters));
  }

  readAll(options: ReadAllOptions): Promise<FactPage> {
    return this.guard(() => readAll(this.pool, this.upcasters, options));
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
    return (await this.guard(() => readHead(this.pool))) ?? POSITION_START;
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

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toPortError(error);
    }
  }
}
