import type { OperatorVerb, StepProblem } from '@holdfast/domain';
import { ApplicationFailure } from '@temporalio/workflow';
import { Attempt, type AttemptEnd } from './attempt.js';
import type { OperationCore } from './operation-core.js';
import { watched } from './step-watch.js';
import type { RegisteredUndo } from './undo.js';

/** Some undos copy data (a candidate that must be rebuilt); none may hang for ever without a person knowing. */
const UNDO_DEADLINE_MS = 60 * 60_000;

/** Rounds of tries, about ten seconds together, after which a person is told. */
const ROUNDS_MAX = 2;

/** An undo that waits for a person is tried by itself now and then: what hindered it may have passed. */
const PAUSE_MS_MIN = 60_000;
const PAUSE_MS_MAX = 15 * 60_000;

const ANSWERS: readonly OperatorVerb[] = ['retry', 'skip'];

/** Takes the steps back, last one first, and answers the names of those that were. */
export const undoAll = async (core: OperationCore, registered: readonly RegisteredUndo[]): Promise<string[]> => {
  const undone: string[] = [];
  for (const undo of [...registered].reverse()) {
    core.currentStep = undo.step;
    if (await new Undoing(core, undo).run()) undone.push(undo.step);
  }
  return undone;
};

/** Takes one step back. It never gives up: it is done, or a person says to skip it. */
class Undoing {
  private timesStuck = 0;
  private asked = false;

  constructor(
    private readonly core: OperationCore,
    private readonly undo: RegisteredUndo,
  ) {}

  /** Answers true when it is undone, false when a person skipped it. */
  async run(): Promise<boolean> {
    const { core, undo } = this;
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      if (!this.asked) core.notices.undoing(undo.step, undo.how);
      const end = await this.attempt();
      if (end.ended === 'done') {
        if (this.asked) core.notices.answered(undo.step);
        core.answers.withdraw();
        await core.append(undo.step, core.entry(`${undo.step}/undone`, 'StepUndone', { step: undo.step }));
        return true;
      }
      await this.tell(end.ended === 'failed' ? end.problem : { code: 'deadline-exceeded', message: 'The undo took longer than an hour.' });
      const answer = await core.answers.answer(pauseMs);
      if (answer === undefined) continue;
      this.asked = false;
      core.notices.answered(undo.step);
      if (answer.verb === 'skip') return false;
      pauseMs = PAUSE_MS_MIN / 2;
    }
  }

  private async attempt(): Promise<AttemptEnd<unknown>> {
    const { core, undo } = this;
    let rounds = 0;
    const roundFailed = async (problem: StepProblem): Promise<void> => {
      rounds += 1;
      const { code, message, ...detail } = problem;
      if (rounds >= ROUNDS_MAX) throw ApplicationFailure.nonRetryable(message, code, detail);
    };
    const attempt = new Attempt(UNDO_DEADLINE_MS, `Deadline of undoing ${undo.step}`);
    core.attempt = attempt;
    try {
      return await attempt.run(() => undo.run(watched(core.contextOf(undo.step), { summary: `Undo of ${undo.step}: ${undo.how}`, roundFailed })));
    } finally {
      core.attempt = undefined;
    }
  }

  /** Makes it stuck, once until it is answered. */
  private async tell(problem: StepProblem): Promise<void> {
    const { core, undo } = this;
    core.notices.stuck(undo.step, true, problem, ANSWERS);
    if (this.asked) return;
    this.asked = true;
    this.timesStuck += 1;
    core.answers.ask(undo.step, ANSWERS);
    await core.append(undo.step, core.stuckEntry(`${undo.step}/undo/${core.runKey}/${this.timesStuck}/stuck`, undo.step, true, problem, ANSWERS));
  }
}
