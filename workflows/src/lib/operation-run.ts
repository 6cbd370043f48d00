import type { PlannedStep } from '@holdfast/domain';
import { TemporalFailure, log } from '@temporalio/workflow';
import type { StepContext } from '../contracts/index.js';
import type { JournalEntry } from './journal.js';
import type { OperationCore } from './operation-core.js';
import { problemOf } from './problem.js';
import type { Resume } from './resume.js';
import { StepRunner } from './step-runner.js';
import { Stop, type StopReason } from './stop.js';
import type { RegisteredUndo, Undo } from './undo.js';

/** What a step does, and how it is taken back. */
export interface StepWork<R> {
  /** Activities are called with the context given here. */
  readonly do: (context: StepContext) => Promise<R>;
  readonly undo: Undo;
  /** Also undone when the operation ends before this step was begun: it takes back what accepting the operation did. */
  readonly undoAlways?: boolean;
}

/** What a runbook is written with. */
export interface Runbook {
  /**
   * Does the next planned step and answers its result. Read a result only inside a later step's `do`: where an interrupted
   * operation is undone, steps are passed without being done and have none.
   */
  readonly step: <R>(name: string, work: StepWork<R>) => Promise<R>;
  /** From here on clients may rely on what was done: the operation only goes forward. Written in its journal with the next step. */
  readonly pointOfNoReturn: () => void;
  /** Whether the plan has this step; some have it only for synchronous clusters or only with other replicas. */
  readonly plans: (name: string) => boolean;
}

/** The forward way through a runbook. The plan is the law: a step that it does not name next ends the operation as a bug. */
export class OperationRun {
  readonly undos: RegisteredUndo[] = [];
  private position = 0;
  private announced = false;

  constructor(
    private readonly core: OperationCore,
    private readonly resume: Resume,
  ) {}

  /** Answers why the runbook was left, or undefined when it came to its end. */
  async follow(body: (runbook: Runbook) => Promise<void>): Promise<StopReason | undefined> {
    try {
      await body({
        step: (name, work) => this.step(name, work),
        pointOfNoReturn: () => this.announce(),
        plans: (name) => this.planned.some((step) => step.name === name),
      });
      return this.afterLastStep();
    } catch (error) {
      if (error instanceof Stop) return error.reason;
      if (!(error instanceof TemporalFailure)) log.error('A runbook has a bug.', { error });
      return { outcome: 'failed', step: this.core.currentStep, problem: problemOf(error) };
    }
  }

  private get planned(): readonly PlannedStep[] {
    return this.core.input.plan.steps;
  }

  private afterLastStep(): StopReason | undefined {
    const missing = this.planned[this.position];
    if (missing !== undefined) throw this.mismatch(missing.name, `The plan goes on with ${missing.name}, the runbook ends.`);
    if (this.resume.undoing) return this.resume.reason(this.core.currentStep);
    return this.core.answers.cancelledBy === undefined ? undefined : { outcome: 'cancelled', step: this.core.currentStep };
  }

  private async step<R>(name: string, work: StepWork<R>): Promise<R> {
    const step = this.expected(name, work.undo);
    const before = this.resume.step(name);
    const goesOn = before === undefined ? !this.resume.undoing && this.core.answers.cancelledBy === undefined : true;
    if ((goesOn || work.undoAlways === true) && before?.status !== 'undone') this.register(step, work.undo);
    this.core.currentStep = name;
    if (!goesOn) throw new Stop(this.resume.undoing ? this.resume.reason(name) : { outcome: 'cancelled', step: name });
    this.position += 1;
    // What an earlier run stored as this step's result is what its `do` answered then.
    if (this.resume.undoing || before?.status === 'completed' || before?.status === 'skipped') return before?.result as R;
    return new StepRunner(this.core, step, before?.attempt ?? 0).run(work.do, this.commit(step));
  }

  /** Before anything of the step begins: what timed out half done is undone too. */
  private register(step: PlannedStep, undo: Undo): void {
    if (typeof undo === 'function') this.undos.push({ step: step.name, how: 'how' in step.undo ? step.undo.how : '', run: undo });
  }

  private announce(): void {
    const next = this.planned[this.position];
    if (this.announced || next?.afterPointOfNoReturn !== true) {
      throw this.mismatch(next?.name ?? this.core.currentStep, 'The runbook has its point of no return elsewhere than the plan.');
    }
    this.announced = true;
  }

  /** From this moment a cancel is refused; the fact is stored together with the step's beginning, before anything is done. */
  private commit(step: PlannedStep): JournalEntry[] {
    if (!this.announced || this.core.committed) return [];
    if (this.core.answers.cancelledBy !== undefined) throw new Stop({ outcome: 'cancelled', step: step.name });
    this.core.committed = true;
    return [this.core.entry('point-of-no-return', 'PointOfNoReturnPassed', { step: step.name })];
  }

  private expected(name: string, undo: Undo): PlannedStep {
    const step = this.planned[this.position];
    if (step?.name !== name) throw this.mismatch(name, `The plan says ${step === undefined ? 'nothing more' : step.name}, the runbook ${name}.`);
    if (step.afterPointOfNoReturn !== this.announced) throw this.mismatch(name, 'The runbook has its point of no return elsewhere than the plan.');
    if ('how' in step.undo !== (typeof undo === 'function')) throw this.mismatch(name, `The plan and the runbook differ in whether ${name} is undone.`);
    return step;
  }

  private mismatch(step: string, message: string): Stop {
    return new Stop({ outcome: 'failed', step, problem: { code: 'plan-mismatch', message } });
  }
}
