import { setTimeout as sleep } from 'node:timers/promises';

/** How often a wait looks again. Short, because every wait of a switchover is a write pause; one query costs well under 1 ms. */
export const POLL_INTERVAL_MS = 5;

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
  /** The error for the limit; may look at the node first. */
  readonly onTimeout: () => Promise<Error> | Error;
}

/**
 * Calls `look` until it answers something else than undefined, and answers that.
 *
 * @throws what `onTimeout` gives at the limit, the signal's reason when it is aborted, and whatever `look` throws.
 */
export const waitFor = async <T>(look: () => Promise<T | undefined>, options: WaitOptions): Promise<T> => {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() >= deadline) throw await options.onTimeout();
    await sleep(options.intervalMs ?? POLL_INTERVAL_MS, undefined, options.signal ? { signal: options.signal } : {});
  }
};
