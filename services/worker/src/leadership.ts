import type { Pool, PoolClient } from 'pg';
import type { Logger } from 'pino';
import { pause } from './repeat.js';

/** Advisory lock of the one dispatcher at work: "lead" in ASCII. Sessions hold it, so it is free the moment its holder dies. */
const LEADER_LOCK = 0x6c656164;
const STANDBY_INTERVAL_MS = 500;
/** A holder that cannot reach the database notices within two of these, and stops. */
const PULSE_INTERVAL_MS = 1_000;

/** Of all workers one acts, the others stand by. */
export class Leadership {
  constructor(
    private readonly pool: Pool,
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {}

  /** Does the work whenever it leads, until the signal. The work's own signal says that it leads no longer. */
  async whileLeading(signal: AbortSignal, work: (leading: AbortSignal) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.oneTerm(signal, work);
      } catch (error) {
        if (!signal.aborted) this.logger.warn({ err: error }, 'The dispatcher stopped; it stands by.');
      }
      await pause(STANDBY_INTERVAL_MS, signal);
    }
  }

  private async oneTerm(signal: AbortSignal, work: (leading: AbortSignal) => Promise<void>): Promise<void> {
    const session = await this.pool.connect();
    const lost = new AbortController();
    const onLoss = (error: Error): void => lost.abort(error);
    session.on('error', onLoss);
    try {
      const { rows } = await session.query<{ led: boolean }>('select pg_try_advisory_lock($1) as led', [LEADER_LOCK]);
      if (rows[0]?.led !== true) return;
      this.logger.info('This worker dispatches.');
      const leading = AbortSignal.any([signal, lost.signal]);
      const pulse = this.watch(session, leading, onLoss);
      try {
        await work(leading);
      } finally {
        lost.abort();
        await pulse;
      }
    } finally {
      session.off('error', onLoss);
      // Its end gives the lock back, whatever state it is in.
      session.release(true);
    }
  }

  private async watch(session: PoolClient, leading: AbortSignal, onLoss: (error: Error) => void): Promise<void> {
    while (!leading.aborted) {
      await pause(PULSE_INTERVAL_MS, leading);
      try {
        await session.query('select 1');
      } catch (error) {
        onLoss(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }
}
