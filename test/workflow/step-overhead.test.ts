import { describe, expect, it } from '@jest/globals';
import type { OperationPlan, PlannedStep } from '@holdfast/domain';
import { Harness, type Request } from './harness.js';
import { requestFor } from './requests.js';

const STEPS = 20;
const RUNS = 5;
/** What a step may cost besides what it does. */
const OVERHEAD_MS_MAX = 40;

const noOp = (name: string, undo: PlannedStep['undo'] = { none: 'It does nothing.' }): PlannedStep => ({
  name,
  title: 'Do nothing.',
  nodes: [],
  deadlineMs: 60_000,
  whenOverdue: 'ask',
  undo,
  afterPointOfNoReturn: false,
  writes: 'possible',
});

const toy = (steps: readonly PlannedStep[]): Request => {
  const request = requestFor('add-node');
  const plan: OperationPlan = { ...request.input.plan, steps, undo: String(STEPS) };
  return { ...request, input: { ...request.input, plan } };
};

describe('a step', () => {
  const harness = new Harness('test/workflow/toys/index.ts');
  const steps = Array.from({ length: STEPS }, (_, index) => noOp(`step-${String.fromCharCode(97 + index)}`));

  /**
   * From the request to the end, shared among the steps, in the best of some runs: what else the machine does only adds to it.
   * `./holdfast bench` tells medians.
   */
  const measure = async (workflowType: string, request: Request): Promise<number> => {
    await harness.run(request, { workflowType });
    const durations: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const startedAt = performance.now();
      const world = await harness.run(request, { workflowType });
      durations.push((performance.now() - startedAt) / STEPS);
      expect(world.of('StepCompleted')).toHaveLength(request.input.plan.steps.length);
    }
    return Math.min(...durations);
  };

  it(`that does nothing costs at most ${OVERHEAD_MS_MAX} ms`, async () => {
    const cost = await measure('no-op-steps', toy(steps));
    console.log(`A step that does nothing: ${cost.toFixed(1)} ms.`);
    expect(cost).toBeLessThanOrEqual(OVERHEAD_MS_MAX);
  }, 60_000);

  it(`costs at most ${OVERHEAD_MS_MAX} ms more than its activity alone`, async () => {
    const bare = await measure('bare-activities', toy(steps.slice(0, 1)));
    const within = await measure('no-op-activities', toy(steps));
    console.log(`One activity: ${bare.toFixed(1)} ms; as a step of its own: ${within.toFixed(1)} ms.`);
    expect(within - bare).toBeLessThanOrEqual(OVERHEAD_MS_MAX);
  }, 60_000);

  it('with a bug ends its operation, undone', async () => {
    const world = await harness.run(toy([noOp('first', { how: 'Somehow.' }), noOp('second')]), { workflowType: 'buggy' });
    expect(world.end).toMatchObject({
      type: 'OperationFailed',
      data: { step: 'second', problem: { code: 'internal-error', message: 'node is undefined' }, undone: ['first'] },
    });
  });
});
