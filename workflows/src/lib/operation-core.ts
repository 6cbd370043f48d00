import type { OperationEvent, OperationKind, StepProblem } from '@holdfast/domain';
import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { OperationWorkflowInput, OperatorAnswer, StepContext } from '../contracts/index.js';
import type { Attempt } from './attempt.js';
import { Journal, type JournalEntry } from './journal.js';
import { Notices } from './notices.js';
import { OperatorAnswers } from './operator-answers.js';

type EventOf<T extends OperationEvent['type']> = Extract<OperationEvent, { type: T }>;

/** What the forward way and the way back share: who acts, the journal, the notices, the answers, and what runs now. */
export class OperationCore {
  /** Cancellation of the workflow itself stops here: only signed answers act. */
  readonly shield = new CancellationScope({ cancellable: false });
  readonly notices: Notices;
  readonly journal: Journal;
  readonly answers: OperatorAnswers;
  /** Name of the step that is being done or undone; before the first, the first. */
  currentStep: string;
  /** Past the point of no return. */
  committed: boolean;
  /** Set when the runbook has been left: from then on nothing can be cancelled. */
  left = false;
  attempt: Attempt | undefined;

  constructor(readonly input: OperationWorkflowInput<OperationKind>) {
    this.committed = input.resume?.journal.pointOfNoReturnPassed ?? false;
    this.currentStep = input.plan.steps[0]?.name ?? '';
    this.notices = new Notices(input.operationId, input.plan);
    this.journal = new Journal(this.shield, (sentence) => this.notices.journalRefused(sentence));
    this.answers = new OperatorAnswers(this.shield, {
      context: () => this.contextOf(this.currentStep),
      whyNotCancel: () => this.whyNotCancel(),
      record: (answer) => this.recordAnswer(answer),
      stop: () => this.attempt?.stop(),
    });
  }

  contextOf(step: string): StepContext {
    const { operationId, clusterId, actor, reason } = this.input;
    return { operationId, clusterId, step, actor, ...(reason === undefined ? {} : { reason }) };
  }

  /** An entry about a step; `key` is unique within the operation. */
  entry<T extends OperationEvent['type']>(key: string, type: T, data: Omit<EventOf<T>['data'], 'operationId' | 'clusterId'>): JournalEntry {
    const { operationId, clusterId } = this.input;
    // The compiler does not see that the parts of a union's member make that member.
    return { key, event: { type, data: { operationId, clusterId, ...data } } as unknown as EventOf<T> };
  }

  append(step: string, ...entries: readonly JournalEntry[]): Promise<void> {
    return this.journal.append(this.contextOf(step), entries);
  }

  /** Part of keys that must not meet those of an earlier run of the same operation. */
  get runKey(): string {
    return workflowInfo().runId;
  }

  stuckEntry(key: string, step: string, undoing: boolean, problem: StepProblem, answers: readonly OperatorAnswer['verb'][]): JournalEntry {
    return this.entry(key, 'OperationStuck', { step, undoing, problem, answers });
  }

  private whyNotCancel(): string | undefined {
    if (this.committed) return 'The operation has passed its point of no return and can only go forward.';
    if (this.left) return 'The operation is being undone already.';
    return undefined;
  }

  private async recordAnswer(answer: OperatorAnswer): Promise<void> {
    const { verb, actor, reason, nonce } = answer;
    const step = this.currentStep;
    const because = reason === undefined ? {} : { reason };
    const context: StepContext = { operationId: this.input.operationId, clusterId: this.input.clusterId, step, actor, ...because };
    await this.journal.append(context, [this.entry(`answer/${nonce}`, 'OperatorAnswered', { step, verb, actor, ...because })]);
  }
}
