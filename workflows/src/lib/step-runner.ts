import type { OperatorVerb, PlannedStep, StepProblem } from '@holdfast/domain';
import type { StepContext } from '../contracts/index.js';
import { Attempt, type AttemptEnd } from './attempt.js';
import { now, spokenDuration } from './clock.js';
import type { OperationCore } from './operation-core.js';
import { watched } from './step-watch.js';
import { Stop } from './stop.js';
import type { JournalEntry } from './journal.js';

/** Failed rounds of tries that are told in the journal, each as a try of its own; later ones only show in the current details. */
const ROUNDS_JOURNALLED_MAX = 3;

const FORWARD: readonly OperatorVerb[] = ['retry', 'skip'];
const FORWARD_OR_BACK: readonly OperatorVerb[] = ['retry', 'skip', 'abort', 'cancel'];

/**
 * Does one step until it is done, skipped, or the operation stops. A failure for good stops the operation before the point of no
 * return and asks a person after it; a deadline does what the plan says.
 */
export class StepRunner {
  private lastProblem: StepProblem | undefined;
  private roundsFailed = 0;

  constructor(
    private readonly core: OperationCore,
    private readonly step: PlannedStep,
    /** Number of the last try so far; counts on over runs of the workflow. */
    private tries: number,
  ) {}

  /** @param entries facts that belong to the step's beginning */
  async run<R>(work: (context: StepContext) => Promise<R>, entries: readonly JournalEntry[]): Promise<R> {
    let before = entries;
    for (;;) {
      this.stopIfCancelled();
      const attempt = new Attempt(this.step.deadlineMs, `Deadline of ${this.step.name}`);
      this.core.attempt = attempt;
      await this.begin(before);
      before = [];
      const startedAt = now();
      const end = await attempt.run(() => work(this.context()));
      this.core.attempt = undefined;
      if (end.ended === 'done') {
        this.complete(now() - startedAt, end.result);
        return end.result;
      }
      // A skipped step has no result; nothing later may rely on one where the plan lets a person skip.
      if ((await this.judge(end)) === 'skipped') return undefined as R;
    }
  }

  private context(): StepContext {
    return watched(this.core.contextOf(this.step.name), { summary: this.step.title, roundFailed: (problem) => this.roundFailed(problem) });
  }

  private async begin(entries: readonly JournalEntry[]): Promise<void> {
    this.tries += 1;
    this.roundsFailed = 0;
    this.lastProblem = undefined;
    this.core.notices.stepStarted(this.step, this.tries);
    await this.core.append(this.step.name, ...entries, this.started());
  }

  private complete(durationMs: number, result: unknown): void {
    const told = result === undefined ? {} : { result };
    this.core.journal.hold(this.core.entry(this.key('completed'), 'StepCompleted', { step: this.step.name, durationMs, ...told }));
  }

  /** Answers whether the step is tried again or skipped, or stops the operation. */
  private async judge(end: Exclude<AttemptEnd<unknown>, { ended: 'done' }>): Promise<'again' | 'skipped'> {
    this.stopIfCancelled();
    if (end.ended === 'stopped') throw new Stop({ outcome: 'cancelled', step: this.step.name });
    const problem = end.ended === 'failed' ? end.problem : this.overdueProblem();
    if (!this.core.committed && (end.ended === 'failed' || this.step.whenOverdue === 'undo')) {
      await this.core.append(this.step.name, this.failed(problem));
      throw new Stop({ outcome: 'failed', step: this.step.name, problem });
    }
    return this.ask(problem);
  }

  private async ask(problem: StepProblem): Promise<'again' | 'skipped'> {
    const { core, step } = this;
    const allowed = core.committed ? FORWARD : FORWARD_OR_BACK;
    // Open before the fact is written: whoever reads the fact may answer at once.
    core.answers.ask(step.name, allowed);
    core.notices.stuck(step.name, false, problem, allowed);
    await core.append(step.name, this.failed(problem), core.stuckEntry(this.key('stuck'), step.name, false, problem, allowed));
    const answer = await core.answers.answer();
    core.notices.answered(step.name);
    switch (answer?.verb) {
      case 'skip':
        await core.append(step.name, core.entry(this.key('skipped'), 'StepSkipped', { step: step.name, actor: answer.actor }));
        return 'skipped';
      case 'abort':
        throw new Stop({ outcome: 'undone', step: step.name, cause: `${answer.actor} aborted it.${answer.reason === undefined ? '' : ` ${answer.reason}`}` });
      case 'cancel':
        throw new Stop({ outcome: 'cancelled', step: step.name });
      default:
        return 'again';
    }
  }

  /** Makes the failure visible, and the next round a try of its own. */
  private async roundFailed(problem: StepProblem): Promise<void> {
    this.lastProblem = problem;
    this.roundsFailed += 1;
    this.core.notices.stepHindered(this.step, problem);
    if (this.roundsFailed > ROUNDS_JOURNALLED_MAX) return;
    const failed = this.failed(problem);
    this.tries += 1;
    await this.core.append(this.step.name, failed, this.started());
  }

  private overdueProblem(): StepProblem {
    const late = `The step took longer than its deadline of ${spokenDuration(this.step.deadlineMs)}.`;
    const blocker = this.lastProblem;
    if (blocker === undefined) return { code: 'deadline-exceeded', message: late };
    return { ...blocker, code: 'deadline-exceeded', message: `${late} Its last problem (${blocker.code}): ${blocker.message}` };
  }

  private stopIfCancelled(): void {
    if (this.core.answers.cancelledBy !== undefined) throw new Stop({ outcome: 'cancelled', step: this.step.name });
  }

  private started(): JournalEntry {
    return this.core.entry(this.key('started'), 'StepStarted', { step: this.step.name, attempt: this.tries });
  }

  private failed(problem: StepProblem): JournalEntry {
    return this.core.entry(this.key('failed'), 'StepFailed', { step: this.step.name, attempt: this.tries, problem });
  }

  private key(what: string): string {
    return `${this.step.name}/${this.tries}/${what}`;
  }
}
