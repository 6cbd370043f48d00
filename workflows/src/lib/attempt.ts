import type { StepProblem } from '@holdfast/domain';
import { CancellationScope, isCancellation, log, sleep, TemporalFailure } from '@temporalio/workflow';
import { problemOf } from './problem.js';

export type AttemptEnd<R> =
  | { readonly ended: 'done'; readonly result: R }
  | { readonly ended: 'failed'; readonly problem: StepProblem }
  /** The deadline passed; what ran was told to stop, and has stopped. */
  | { readonly ended: 'overdue' }
  /** Somebody told it to stop, and it has stopped. */
  | { readonly ended: 'stopped' };

/** One try of a step or of an undo, with a deadline. */
export class Attempt {
  private readonly scope = new CancellationScope();
  private overdue = false;
  private stopped = false;

  constructor(
    private readonly deadlineMs: number,
    private readonly timerSummary: string,
  ) {}

  /** Tells what runs to stop; `run` answers once it has. */
  stop(): void {
    this.stopped = true;
    this.scope.cancel();
  }

  /**
   * Runs the work and answers how it ended, always after everything it started is over. Work that succeeds although it was told
   * to stop is done.
   */
  async run<R>(work: () => Promise<R>): Promise<AttemptEnd<R>> {
    const timer = new CancellationScope();
    const alarm = timer.run(() => this.raiseAlarm());
    try {
      return { ended: 'done', result: await this.scope.run(work) };
    } catch (error) {
      if (this.stopped) return { ended: 'stopped' };
      if (this.overdue && isCancellation(error)) return { ended: 'overdue' };
      if (!(error instanceof TemporalFailure)) log.error('A runbook has a bug.', { error });
      return { ended: 'failed', problem: problemOf(error) };
    } finally {
      timer.cancel();
      await alarm;
    }
  }

  private async raiseAlarm(): Promise<void> {
    try {
      await sleep(this.deadlineMs, { summary: this.timerSummary });
    } catch (error) {
      // The work ended first.
      if (isCancellation(error)) return;
      throw error;
    }
    this.overdue = true;
    this.scope.cancel();
  }
}
