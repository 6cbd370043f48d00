import { Logger } from '@nestjs/common';
import type { EventStore, Position } from '@holdfast/domain';

const RETRY_MS = 500;

/** Wakes everybody who waits for facts, with one subscription for the whole process, however many clients watch. */
export class EventFeed {
  private readonly log = new Logger('EventFeed');
  private readonly ending = new AbortController();
  private readonly waiting = new Set<() => void>();
  private following: Promise<void> | undefined;
  /** Counts pages, so that what came between a read and a wait is not missed. */
  private pages = 0;
  private newest: Position | undefined;

  constructor(private readonly store: EventStore) {}

  /** Taken before a read, handed to `changed` after it. */
  mark(): { readonly pages: number; readonly newest: Position | undefined } {
    this.following ??= this.follow();
    return { pages: this.pages, newest: this.newest };
  }

  /** True once there are facts that came after the mark; false at the limit or when the signal ends it. */
  async changed(mark: { readonly pages: number }, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.pages === mark.pages && !signal.aborted && !this.ended) await this.wait(timeoutMs, signal);
    return this.pages !== mark.pages;
  }

  get ended(): boolean {
    return this.ending.signal.aborted;
  }

  async close(): Promise<void> {
    this.ending.abort();
    this.wakeAll();
    await this.following;
  }

  private wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  private async follow(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        const after = await this.store.head();
        // What was appended before the subscription stood is told as well.
        this.advance(after);
        for await (const page of this.store.subscribe({ after, signal })) this.advance(page.next);
      } catch (error) {
        // Watchers still read on each heartbeat meanwhile.
        this.log.warn({ err: error }, 'The feed of facts was interrupted.');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  private advance(position: Position): void {
    this.newest = position;
    this.pages += 1;
    this.wakeAll();
  }

  private wakeAll(): void {
    for (const wake of [...this.waiting]) wake();
  }
}
