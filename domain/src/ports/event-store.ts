import type { NewFact, Position, RecordedFact } from '../kernel/fact.js';

/** `no-stream`: the stream must not exist. A number: the version of the stream's last fact. `any`: no check. */
export type ExpectedVersion = 'any' | 'no-stream' | number;

export interface AppendResult {
  /** Version of the last fact of this append. */
  readonly version: number;
  /** Position of the last fact of this append. */
  readonly position: Position;
  /** True when every fact was there already, by id: nothing was written. */
  readonly deduplicated: boolean;
}

export interface ReadAllOptions {
  /** Only facts after this position. */
  readonly after: Position;
  readonly limit: number;
  /** Only these fact types; all when absent. */
  readonly types?: readonly string[];
  /** Only streams whose name starts so; all when absent. */
  readonly streamPrefix?: string;
}

export interface SubscribeOptions extends Omit<ReadAllOptions, 'limit'> {
  /** Ends the subscription. */
  readonly signal: AbortSignal;
  /** Facts fetched at a time; default 500. */
  readonly batchSize?: number;
}

/** A page of the global order: the facts, and how far it is safe to set a checkpoint even if no fact matched. */
export interface FactPage {
  readonly facts: readonly RecordedFact[];
  readonly next: Position;
}

/**
 * The truth: append-only streams of facts with one global order.
 *
 * Every adapter passes `test/contracts/event-store.contract.ts`.
 */
export interface EventStore {
  /**
   * Appends all facts or none. Throws VersionConflict when the stream is not at `expected`; when all ids are stored in
   * this stream already the append is a repeat and its first result is returned, whatever `expected` says. Throws
   * DuplicateFact when an id is stored elsewhere or only some of the ids are stored.
   */
  append(stream: string, expected: ExpectedVersion, facts: readonly NewFact[]): Promise<AppendResult>;
  /** Facts of one stream in order, upcast to the newest schema; empty for a stream that does not exist. */
  readStream(stream: string, options?: { fromVersion?: number; limit?: number }): Promise<RecordedFact[]>;
  /** Facts of all streams in the global order. Never skips a fact that becomes visible later. */
  readAll(options: ReadAllOptions): Promise<FactPage>;
  /** Follows `readAll` for ever: pages as they come, until the signal ends it. Survives a restart of the server. */
  subscribe(options: SubscribeOptions): AsyncIterable<FactPage>;
  /** Position of the newest fact that `readAll` would give now. */
  head(): Promise<Position>;
  close(): Promise<void>;
}

/** The stream was not at the expected version: read again, decide again. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
  constructor(
    readonly stream: string,
    readonly expected: ExpectedVersion,
  ) {
    super(`Stream ${stream} is not at version ${expected}.`);
  }
}

/** A fact id was used twice for different things. */
export class DuplicateFact extends Error {
  override readonly name = 'DuplicateFact';
  constructor(readonly stream: string) {
    super(`A fact for stream ${stream} has an id that is stored elsewhere.`);
  }
}

/** The store cannot be reached or cannot write now; the same call may go through later. */
export class EventStoreUnavailable extends Error {
  override readonly name = 'EventStoreUnavailable';
}
