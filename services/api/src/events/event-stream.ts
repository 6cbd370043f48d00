import { EventStoreUnavailable, type EventStore, type FactPage, type Position, type RecordedFact } from '@holdfast/domain';
import { viewFact } from '../views/fact.view.js';
import type { EventFeed } from './event-feed.js';

export const HEARTBEAT_MS = 15_000;
const PAGE = 200;

export interface EventFilter {
  /** Only facts after this position. */
  readonly after: Position;
  /** The name of one stream, or a beginning with `*` at the end. */
  readonly stream?: string;
  readonly types?: readonly string[];
}

/** Who reads the stream. */
export interface Watcher {
  /** Ends when it has gone. */
  readonly signal: AbortSignal;
  /** Asked before each page of facts: a revoked token sees no more of them. */
  stillAllowed(): Promise<boolean>;
}

/**
 * Facts as server-sent events, in the global order and none left out: reads until it has caught up, then waits for the feed. An
 * event's id is the fact's position, so a client that comes back with Last-Event-ID goes on where it was.
 */
export async function* eventStream(store: EventStore, feed: EventFeed, filter: EventFilter, watcher: Watcher, heartbeatMs = HEARTBEAT_MS): AsyncGenerator<string> {
  const { signal } = watcher;
  let position = filter.after;
  yield 'retry: 1000\n\n';
  while (!signal.aborted && !feed.ended) {
    const mark = feed.mark();
    const page = await readPage(store, filter, position);
    const facts = page?.facts ?? [];
    if (facts.length > 0 && !(await watcher.stillAllowed())) return;
    for (const fact of facts) {
      if (matches(fact, filter.stream)) yield format(fact);
    }
    if (page !== undefined) position = page.next;
    if (page?.facts.length === PAGE) continue;
    // Nothing between this page and the mark matched, so the next read need not look there again.
    if (page !== undefined && mark.newest !== undefined && mark.newest > position) position = mark.newest;
    if (!(await feed.changed(mark, heartbeatMs, signal)) && !signal.aborted) yield position === '' ? ': heartbeat\n\n' : `: heartbeat\nid: ${position}\n\n`;
  }
}

/** While the store is away the client is kept: it gets heartbeats, and what it missed afterwards. */
const readPage = async (store: EventStore, { types, stream }: EventFilter, after: Position): Promise<FactPage | undefined> => {
  try {
    return await store.readAll({ after, limit: PAGE, ...(types === undefined ? {} : { types }), ...(stream === undefined ? {} : { streamPrefix: stream.replace(/\*$/, '') }) });
  } catch (error) {
    if (error instanceof EventStoreUnavailable) return undefined;
    throw error;
  }
};

const matches = (fact: RecordedFact, stream: string | undefined): boolean => stream === undefined || stream.endsWith('*') || fact.stream === stream;

const format = (fact: RecordedFact): string => `id: ${fact.position}\nevent: ${fact.type}\ndata: ${JSON.stringify(viewFact(fact))}\n\n`;
