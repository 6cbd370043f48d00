import type { OperationPlan, OperatorVerb, PlannedStep, StepProblem } from '@holdfast/domain';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../contracts/index.js';
import { now, spokenDuration, timestamp } from './clock.js';

const STEP = defineSearchAttributeKey(SEARCH_ATTRIBUTES.step, SearchAttributeType.KEYWORD);
const STUCK = defineSearchAttributeKey(SEARCH_ATTRIBUTES.stuck, SearchAttributeType.BOOL);

/** What Temporal's web UI shows of an operation: one update of the search attributes a change, and details that read as sentences. */
export class Notices {
  constructor(
    private readonly operationId: string,
    private readonly plan: OperationPlan,
  ) {}

  stepStarted(step: PlannedStep, attempt: number): void {
    this.index(step.name, false);
    const again = attempt > 1 ? ` This is try ${attempt}.` : '';
    this.show(
      `${this.heading(step.name)} ${step.title}${again}`,
      `Its deadline is ${timestamp(now() + step.deadlineMs)}, ${spokenDuration(step.deadlineMs)} after its start; then ${overdueSentence(step)}`,
      this.cancelSentence(step),
    );
  }

  /** A round of tries failed; more will follow. */
  stepHindered(step: PlannedStep, problem: StepProblem): void {
    this.show(`${this.heading(step.name)} ${step.title}`, `It is tried again until its deadline. ${blockerSentence(problem)}`, this.cancelSentence(step));
  }

  stuck(step: string, undoing: boolean, problem: StepProblem, answers: readonly OperatorVerb[]): void {
    this.index(step, true);
    const what = undoing
      ? `${this.heading(step)} It cannot be undone and waits for an answer; meanwhile it is tried now and then.`
      : `${this.heading(step)} It is stuck and waits for an answer.`;
    this.show(what, blockerSentence(problem), `Answer with ${answers.map((verb) => `\`./holdfast operations ${verb} ${this.operationId}\``).join(' or ')}.`);
  }

  answered(step: string): void {
    this.index(step, false);
  }

  undoing(step: string, how: string): void {
    this.show(`${this.heading(step)} It is being undone. ${how}`);
  }

  ended(sentence: string): void {
    this.show(sentence);
  }

  journalRefused(sentence: string): void {
    this.show(sentence, 'The operation waits and offers it again each 15 s.');
  }

  private index(step: string, stuck: boolean): void {
    upsertSearchAttributes([
      { key: STEP, value: step },
      { key: STUCK, value: stuck },
    ]);
  }

  private show(...paragraphs: readonly string[]): void {
    setCurrentDetails(paragraphs.filter((text) => text !== '').join('\n\n'));
  }

  private heading(name: string): string {
    const place = this.plan.steps.findIndex((step) => step.name === name) + 1;
    return `**Step ${place} of ${this.plan.steps.length}, \`${name}\`.**`;
  }

  private cancelSentence(step: PlannedStep): string {
    return step.afterPointOfNoReturn
      ? 'It is past the point of no return and can only go forward.'
      : `To take everything back: \`./holdfast operations cancel ${this.operationId}\`. A cancel request sent here changes nothing.`;
  }
}

const overdueSentence = (step: PlannedStep): string => (step.whenOverdue === 'undo' ? 'everything is taken back.' : 'a person is asked.');

const blockerSentence = (problem: StepProblem): string =>
  [`The blocker (\`${problem.code}\`): ${problem.message}`, problem.node === undefined ? '' : `On ${problem.node}.`].filter((text) => text !== '').join(' ');
