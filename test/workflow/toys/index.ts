import type { OperationWorkflowInput, OperationWorkflowResult } from '../../../workflows/src/contracts/index.js';
import { noUndo, runOperation } from '../../../workflows/src/lib/run-operation.js';
import { cluster } from '../../../workflows/src/lib/step-activities.js';

const NOTHING = noUndo('It does nothing.');

/** Every planned step, doing nothing: what is left is what a step itself costs. */
const noOpSteps = (input: OperationWorkflowInput): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step }) => {
    for (const planned of input.plan.steps) await step(planned.name, { do: async () => undefined, undo: NOTHING });
  });

/** Every planned step with one activity that does nothing. */
const noOpActivities = (input: OperationWorkflowInput): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step }) => {
    for (const planned of input.plan.steps) await step(planned.name, { do: (context) => cluster.recordFacts(context, []), undo: NOTHING });
  });

/** A runbook with a bug in its second step. */
const buggy = (input: OperationWorkflowInput): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step }) => {
    const [first, second] = input.plan.steps;
    await step(first?.name ?? '', { do: async () => undefined, undo: (context) => cluster.recordFacts(context, []) });
    await step(second?.name ?? '', {
      do: async () => {
        throw new TypeError('node is undefined');
      },
      undo: NOTHING,
    });
  });

export { noOpSteps as 'no-op-steps', noOpActivities as 'no-op-activities', buggy };
