import type { ClusterEvent, OperationKind } from '@holdfast/domain';
import { allHandlersFinished, CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { OperationWorkflowInput, OperationWorkflowResult } from '../contracts/index.js';
import { now } from './clock.js';
import { OperationCore } from './operation-core.js';
import { OperationRun, type Runbook } from './operation-run.js';
import { Resume } from './resume.js';
import type { StopReason } from './stop.js';
import { undoAll } from './undoing.js';

export { noUndo } from './undo.js';
export type { Runbook, StepWork } from './operation-run.js';

/**
 * Runs an operation by its runbook, and always brings it to one of four ends: succeeded, failed, cancelled, undone. The workflow
 * itself never fails for what happens to a cluster; the end stands in the cluster's stream and frees its lock.
 *
 * Each step is in the journal before it begins. A failure before the point of no return undoes what was begun, last one first;
 * after it the operation waits for a person rather than tear down what clients rely on. Only answers signed by the API act on
 * it: a cancel request of Temporal's own is noted as a fact and changes nothing.
 */
export const runOperation = async <K extends OperationKind>(
  input: OperationWorkflowInput<K>,
  body: (runbook: Runbook) => Promise<void>,
): Promise<OperationWorkflowResult> => {
  const workflowScope = CancellationScope.current();
  const core = new OperationCore(input);
  core.answers.listen();
  void workflowScope.cancelRequested.catch(() => void noteInterruption(core));
  return core.shield.run(async () => {
    const run = new OperationRun(core, new Resume(input.resume));
    const reason = await run.follow(body);
    core.left = true;
    if (reason !== undefined && core.committed) await askBeforeGivingUp(core, reason);
    const undone = reason === undefined || core.committed ? [] : await undoAll(core, run.undos);
    const event = endOf(core, reason, undone);
    await core.journal.end(core.contextOf(core.currentStep), event);
    core.notices.ended(endSentence(reason, undone));
    await condition(allHandlersFinished);
    return { outcome: reason?.outcome ?? 'succeeded' };
  });
};

type EndEvent = Extract<ClusterEvent, { type: 'OperationSucceeded' | 'OperationFailed' | 'OperationCancelled' | 'OperationUndone' }>;

const endOf = (core: OperationCore, reason: StopReason | undefined, undone: readonly string[]): EndEvent => {
  const { operationId, clusterId, kind } = core.input;
  const common = { operationId, clusterId, kind, durationMs: now() - workflowInfo().startTime.getTime() };
  switch (reason?.outcome) {
    case undefined:
      return { type: 'OperationSucceeded', data: common };
    case 'failed':
      return { type: 'OperationFailed', data: { ...common, step: reason.step, problem: reason.problem, undone } };
    case 'cancelled':
      return { type: 'OperationCancelled', data: { ...common, step: reason.step, undone } };
    case 'undone':
      return { type: 'OperationUndone', data: { ...common, step: reason.step, cause: reason.cause, undone } };
  }
};

const endSentence = (reason: StopReason | undefined, undone: readonly string[]): string => {
  if (reason === undefined) return 'The operation succeeded.';
  const back = undone.length === 0 ? 'Nothing had to be undone.' : `Undone: ${undone.join(', ')}.`;
  return `The operation ended at \`${reason.step}\`: ${reason.outcome}. ${back}`;
};

/** Past the point of no return only a bug of a runbook leads here: a person must know before the lock is freed on a half-done operation. */
const askBeforeGivingUp = async (core: OperationCore, reason: StopReason): Promise<void> => {
  const step = core.currentStep;
  const problem = reason.outcome === 'failed' ? reason.problem : { code: 'internal-error', message: `It would end as ${reason.outcome}.` };
  core.answers.ask(step, ['skip']);
  core.notices.stuck(step, false, problem, ['skip']);
  await core.append(step, core.stuckEntry(`${step}/${core.runKey}/giving-up`, step, false, problem, ['skip']));
  await core.answers.answer();
  core.notices.answered(step);
};

const noteInterruption = (core: OperationCore): Promise<void> => {
  const { operationId, clusterId } = core.input;
  const detail = 'Somebody asked for cancellation in Temporal itself. Nothing was changed: answers come through the API.';
  return core.journal.append(core.contextOf(core.currentStep), [
    { key: `interruption/${core.runKey}`, event: { type: 'OperationInterrupted', data: { operationId, clusterId, by: 'temporal', detail } } },
  ]);
};
