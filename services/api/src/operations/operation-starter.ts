import { Logger } from '@nestjs/common';
import type { OperationWorkflowInput } from '@holdfast/workflows/contracts';

/** Starts an accepted operation's workflow; a second start of the same operation does nothing. */
export type StartWorkflow = (input: OperationWorkflowInput) => Promise<void>;

/** Starts at once, so that they do not take the machine from requests. */
const CONCURRENT_MAX = 4;
/** More than this wait for the dispatcher, which starts every accepted operation anyway. */
const WAITING_MAX = 100;

/** After a failed start nothing is tried for this time: Temporal is most likely away. */
const PAUSE_MS = 1_000;

/**
 * Starts workflows after their acceptance was answered, for speed alone: the dispatcher follows the facts and is the guarantee,
 * so a start that fails here is told to the log and left.
 */
export class OperationStarter {
  private readonly log = new Logger('OperationStarter');
  private waiting: OperationWorkflowInput[] = [];
  private running = 0;
  private pausedUntil = 0;

  constructor(
    private readonly start: StartWorkflow,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Returns at once. */
  offer(input: OperationWorkflowInput): void {
    if (this.waiting.length >= WAITING_MAX || this.now() < this.pausedUntil) return;
    this.waiting.push(input);
    setImmediate(() => this.startNext());
  }

  private startNext(): void {
    if (this.running >= CONCURRENT_MAX) return;
    const input = this.waiting.shift();
    if (input === undefined) return;
    this.running += 1;
    this.start(input)
      .catch((error: unknown) => this.pause(error, input))
      .finally(() => {
        this.running -= 1;
        this.startNext();
      });
  }

  private pause(error: unknown, { operationId }: OperationWorkflowInput): void {
    this.pausedUntil = this.now() + PAUSE_MS;
    this.waiting = [];
    this.log.warn({ err: error, operationId }, 'The workflow was not started directly; the dispatcher starts it.');
  }
}
