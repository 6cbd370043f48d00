import type { OperationEvent } from '@holdfast/domain';
import { proxyLocalActivities, sleep, type CancellationScope } from '@temporalio/workflow';
import type { JournalActivities, StepContext } from '../contracts/index.js';
import { problemOf } from './problem.js';

export interface JournalEntry {
  /** Unique within the operation, over all its runs, and the same when the workflow is replayed. */
  readonly key: string;
  readonly event: OperationEvent;
}

type EndEvent = Parameters<JournalActivities['endOperation']>[1];

/**
 * Local activities: one costs milliseconds and a single event of history. Past the threshold a pause becomes a timer on the
 * server, so that an event store that is away for hours does not keep a workflow task busy.
 */
const local = proxyLocalActivities<JournalActivities>({
  startToCloseTimeout: '10s',
  localRetryThreshold: '5s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '15s' },
});

/** Pause before a write that was refused for good is tried again: somebody has to mend something first. */
const REFUSED_PAUSE_MS = 15_000;

/**
 * Writes the operation's facts, one call at a time and in the order they were handed over. A write is tried until it is done:
 * without its recorded intent no step begins, and without its recorded end no lock is freed. No cancellation reaches it.
 */
export class Journal {
  private tail: Promise<void> = Promise.resolve();
  private held: JournalEntry[] = [];

  constructor(
    private readonly shield: CancellationScope,
    private readonly onRefusal: (sentence: string) => void,
  ) {}

  /** Keeps an entry back until the next call, so that the end of one step and the beginning of the next cost one write. */
  hold(entry: JournalEntry): void {
    this.held.push(entry);
  }

  /** Answers when the entries, and those held back, are stored. */
  append(context: StepContext, entries: readonly JournalEntry[]): Promise<void> {
    const all = [...this.held, ...entries];
    this.held = [];
    return this.inTurn(() => local.appendJournal(context, all));
  }

  /** Writes the end of the operation, after everything else. */
  async end(context: StepContext, event: EndEvent): Promise<void> {
    if (this.held.length > 0) await this.append(context, []);
    await this.inTurn(() => local.endOperation(context, event));
  }

  private inTurn(write: () => Promise<void>): Promise<void> {
    const turn = this.tail.then(() => this.shield.run(() => this.untilDone(write)));
    this.tail = turn;
    return turn;
  }

  private async untilDone(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        this.onRefusal(`The event store refuses a fact: ${problemOf(error).message}`);
        await sleep(REFUSED_PAUSE_MS, { summary: 'Pause before the fact is offered to the event store again' });
      }
    }
  }
}
