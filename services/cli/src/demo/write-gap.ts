import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { connectToPostgresql } from './postgresql-rows.js';
import type { RowConnection } from './row-connection.js';

export interface WriterOptions {
  /** URL of the read-write endpoint, with user and password; a function is asked anew for each connection. */
  readonly url: string | (() => string);
  /** From one write to the next; default 10. */
  readonly intervalMs?: number;
  /** Made when it does not exist; default `holdfast_write_gap`. Letters, digits and underscores. */
  readonly table?: string;
  /** How to connect; default: to PostgreSQL. */
  readonly connect?: (url: string, table: string) => Promise<RowConnection>;
}

export interface WriteReport {
  /** Writes whose commit the server acknowledged. */
  readonly acknowledgedCount: number;
  /** Writes that broke; each may have been committed or not, and its id is never used again. */
  readonly brokenCount: number;
  /** Longest time between two acknowledged commits, one after the other. */
  readonly longestGapMs: number;
  /** When that gap began, RFC 3339. */
  readonly longestGapAt: string;
  /** Acknowledged writes that the server does not have now. Every one is a lost row. */
  readonly missingIds: readonly number[];
}

export interface Writer {
  /** Acknowledged so far. */
  acknowledgedCount(): number;
  /** Resolves with the next acknowledged write; rejects past the limit. */
  nextAcknowledged(timeoutMs: number): Promise<void>;
  /** Ends the writing, then asks the server for every acknowledged row. Also when called twice. */
  stop(): Promise<WriteReport>;
}

const INTERVAL_MS = 10;
const RECONNECT_MS = 10;
const VERIFY_MS = 30_000;

interface Acknowledged {
  readonly id: number;
  /** Monotonic. */
  readonly atMs: number;
}

/**
 * A client that writes rows with increasing ids, each its own commit, and connects again at once when the connection breaks: what
 * an application sees of a promotion. Answers after the first acknowledged write; throws when there is none within 30 s.
 */
export const startWriter = async (options: WriterOptions): Promise<Writer> => {
  const writer = new GapWriter(options);
  await writer.begin();
  return writer;
};

class GapWriter implements Writer {
  private readonly acknowledged: Acknowledged[] = [];
  private readonly table: string;
  private readonly originMs = Date.now() - performance.now();
  private brokenCount = 0;
  private nextId = 1;
  private stopping = false;
  private client: RowConnection | undefined;
  private writing: Promise<void> = Promise.resolve();
  private report: Promise<WriteReport> | undefined;

  constructor(private readonly options: WriterOptions) {
    this.table = options.table ?? 'holdfast_write_gap';
    if (!/^[a-z_][a-z0-9_]*$/.test(this.table)) throw new Error(`${JSON.stringify(this.table)} is no table's name.`);
  }

  async begin(): Promise<void> {
    await this.untilItWorks(async (client) => {
      this.nextId = await client.prepare();
    });
    this.writing = this.write();
    await this.nextAcknowledged(VERIFY_MS);
  }

  acknowledgedCount(): number {
    return this.acknowledged.length;
  }

  async nextAcknowledged(timeoutMs: number): Promise<void> {
    const before = this.acknowledged.length;
    const deadline = Date.now() + timeoutMs;
    while (this.acknowledged.length === before) {
      if (Date.now() > deadline) throw new Error(`No write was acknowledged for ${timeoutMs / 1000} s.`);
      await delay(INTERVAL_MS);
    }
  }

  stop(): Promise<WriteReport> {
    this.report ??= this.finish();
    return this.report;
  }

  private async write(): Promise<void> {
    const intervalMs = this.options.intervalMs ?? INTERVAL_MS;
    while (!this.stopping) {
      const begunMs = performance.now();
      await this.writeOne();
      await delay(Math.max(0, intervalMs - (performance.now() - begunMs)));
    }
  }

  private async writeOne(): Promise<void> {
    const id = this.nextId;
    try {
      const client = (this.client ??= await this.connect());
      this.nextId += 1;
      await client.write(id);
      this.acknowledged.push({ id, atMs: performance.now() });
    } catch {
      // Expected while another node takes over; how many there were is in the report.
      if (this.nextId > id) this.brokenCount += 1;
      this.drop();
      await delay(RECONNECT_MS);
    }
  }

  private async finish(): Promise<WriteReport> {
    this.stopping = true;
    await this.writing;
    const first = this.acknowledged[0]?.id ?? 0;
    const present = new Set<string>();
    await this.untilItWorks(async (client) => {
      for (const id of await client.idsFrom(first)) present.add(id);
    });
    this.drop();
    return {
      acknowledgedCount: this.acknowledged.length,
      brokenCount: this.brokenCount,
      ...longestGap(this.acknowledged, this.originMs),
      missingIds: this.acknowledged.map(({ id }) => id).filter((id) => !present.has(String(id))),
    };
  }

  /** The last problem is thrown when the server stays away. */
  private async untilItWorks(work: (client: RowConnection) => Promise<void>): Promise<void> {
    const deadline = Date.now() + VERIFY_MS;
    for (;;) {
      try {
        await work((this.client ??= await this.connect()));
        return;
      } catch (problem) {
        this.drop();
        if (Date.now() > deadline) throw problem;
        await delay(RECONNECT_MS);
      }
    }
  }

  private drop(): void {
    this.client?.close();
    this.client = undefined;
  }

  private connect(): Promise<RowConnection> {
    return (this.options.connect ?? connectToPostgresql)(addressOf(this.options), this.table);
  }
}

const addressOf = ({ url }: WriterOptions): string => (typeof url === 'string' ? url : url());

/** Pure: from the times of acknowledgements, in order. `originMs` turns monotonic time into time of day. */
export const longestGap = (acknowledged: readonly Acknowledged[], originMs: number): { longestGapMs: number; longestGapAt: string } => {
  const gaps = acknowledged.slice(1).map(({ atMs }, index) => ({ ms: atMs - (acknowledged[index]?.atMs ?? atMs), fromMs: acknowledged[index]?.atMs ?? atMs }));
  const longest = gaps.reduce((most, gap) => (gap.ms > most.ms ? gap : most), { ms: 0, fromMs: acknowledged[0]?.atMs ?? 0 });
  return { longestGapMs: Math.round(longest.ms * 10) / 10, longestGapAt: new Date(originMs + longest.fromMs).toISOString() };
};
