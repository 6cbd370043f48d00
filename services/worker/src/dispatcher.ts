import { CLUSTER_STREAM_PREFIX, type EventStore } from '@holdfast/domain';
import type { Logger } from 'pino';
import type { DispatchTable, OpenOperation } from './dispatch-table.js';
import { END_TYPES, readOperation } from './operation-record.js';
import { isTemporalAway, type OperationStarter } from './operation-starter.js';
import { pause, repeat } from './repeat.js';

const FOLLOWED_TYPES = ['OperationAccepted', ...END_TYPES];
const RETRY_MS = 500;
/** Between tries while Temporal is away: from a quarter of a second, doubled up to this. */
const PAUSE_MS_MIN = 250;
const PAUSE_MS_MAX = 5_000;

/**
 * Follows accepted operations and starts their workflows: the fact is the queue, and the workflow's id is the operation's, so a
 * start is never lost and never doubled. While Temporal is away they wait, in the order of their acceptance.
 */
export class Dispatcher {
  /** Ends the starter's pause. */
  private arrived = new AbortController();

  constructor(
    private readonly store: EventStore,
    private readonly table: DispatchTable,
    private readonly starter: OperationStarter,
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {}

  /** Until the signal. Only one may run at a time: see Leadership. */
  async run(signal: AbortSignal): Promise<void> {
    const rhythm = { intervalMs: RETRY_MS, signal, logger: this.logger };
    await Promise.all([repeat({ ...rhythm, name: 'Following accepted operations' }, () => this.follow(signal)), this.startWaiting(signal)]);
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const after = await this.table.checkpoint();
    for await (const page of this.store.subscribe({ after, types: FOLLOWED_TYPES, streamPrefix: CLUSTER_STREAM_PREFIX, signal })) {
      if (page.facts.length === 0) continue;
      await this.table.follow(page.facts, page.next);
      this.arrived.abort();
    }
  }

  private async startWaiting(signal: AbortSignal): Promise<void> {
    let pauseMs = PAUSE_MS_MIN;
    while (!signal.aborted) {
      this.arrived = new AbortController();
      const allStarted = await this.startAll(signal);
      pauseMs = allStarted ? PAUSE_MS_MIN : Math.min(pauseMs * 2, PAUSE_MS_MAX);
      // What arrives while Temporal is away does not make it come back.
      await pause(allStarted ? PAUSE_MS_MAX : pauseMs, allStarted ? AbortSignal.any([signal, this.arrived.signal]) : signal);
    }
  }

  /** Answers whether nothing waits any longer. */
  private async startAll(signal: AbortSignal): Promise<boolean> {
    try {
      const waiting = await this.table.waiting();
      let failures = 0;
      for (const operation of waiting) {
        if (signal.aborted) return true;
        if (!(await this.startOrTell(operation))) failures += 1;
      }
      return failures === 0;
    } catch (error) {
      if (signal.aborted) return true;
      this.logger.warn({ err: error }, 'Accepted operations wait: they cannot be started now.');
      return false;
    }
  }

  /** One operation that cannot be started must not hold up the others; Temporal's absence concerns them all, and is thrown. */
  private async startOrTell({ operationId, clusterId }: OpenOperation): Promise<boolean> {
    try {
      const record = await readOperation(this.store, clusterId, operationId);
      if (record !== undefined && !record.ended) {
        const first = await this.starter.once(record.input);
        this.logger.info({ operationId, clusterId }, first ? 'Operation started.' : 'Operation was started already.');
      }
      await this.table.markStarted(operationId);
      return true;
    } catch (error) {
      if (isTemporalAway(error)) throw error;
      this.logger.warn({ err: error, operationId, clusterId }, 'An accepted operation cannot be started.');
      return false;
    }
  }
}
