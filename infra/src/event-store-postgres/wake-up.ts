import type { Pool, PoolClient } from 'pg';

export const CHANNEL = 'holdfast_facts';
/** A NOTIFY takes one lock for the whole database at commit; one for many appends keeps appends apart. */
const NOTIFY_EVERY_MS = 10;
/** A NOTIFY is a transaction of its own, and a hint is not worth waiting for the disk: that would cost as much as an append. */
const NOTIFY = `select set_config('synchronous_commit', 'off', true), pg_notify('${CHANNEL}', '')`;
/** How late a hint that got lost is made up for. */
const POLL_MS = 200;

/** Tells subscribers that there is something new: a hint, sent after the commit; at once, and then at most one in a few milliseconds. */
export class Announcer {
  private pause: NodeJS.Timeout | undefined;
  private waiting = false;

  constructor(private readonly pool: Pool) {}

  announce(): void {
    this.waiting = this.pause !== undefined;
    if (this.waiting) return;
    // Lost hints cost POLL_MS at most: subscribers ask anyway.
    this.pool.query(NOTIFY).catch(() => undefined);
    this.pause = setTimeout(() => {
      this.pause = undefined;
      if (this.waiting) this.announce();
    }, NOTIFY_EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.pause);
    this.pause = undefined;
  }
}

/** Waits for a hint or for POLL_MS. Loses its connection silently and gets another. */
export class WakeUp {
  private client: PoolClient | undefined;
  private woken = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => this.wake?.(), { once: true });
  }

  async wait(): Promise<void> {
    await this.listen();
    if (this.woken || this.signal.aborted) {
      this.woken = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
    this.woken = false;
  }

  close(): void {
    this.client?.release(true);
    this.client = undefined;
  }

  private async listen(): Promise<void> {
    if (this.client !== undefined || this.signal.aborted) return;
    try {
      const client = await this.pool.connect();
      const forget = (): void => {
        if (this.client === client) this.close();
      };
      client.on('notification', () => {
        this.woken = true;
        this.wake?.();
      });
      client.on('error', forget);
      client.on('end', forget);
      this.client = client;
      await client.query(`listen ${CHANNEL}`);
    } catch {
      this.close(); // Polling goes on without hints until a connection can be had.
    }
  }
}
