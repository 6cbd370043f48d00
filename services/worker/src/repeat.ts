import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface Rhythm {
  readonly name: string;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Runs the work again and again until the signal; what it throws is told to the log, and the next turn comes. */
export const repeat = async ({ name, intervalMs, signal, logger }: Rhythm, work: () => Promise<void>): Promise<void> => {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ err: error }, `${name} failed; it is tried again in ${intervalMs} ms.`);
    }
    await pause(intervalMs, signal);
  }
};

/** Ends at once when the signal says so. */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};
