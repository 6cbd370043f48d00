import { describe, expect, it } from '@jest/globals';
import type { OperationPlan, PlannedStep } from '@holdfast/domain';
import { Harness, type Request } from './harness.js';
import { requestFor } from './requests.js';

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
  const plan: OperationPlan = { ...request.input.plan, steps };
  return { ...request, input: { ...request.input, plan } };
};

/** What a step costs is the benchmark's matter: `./holdfast bench step-overhead`. */
describe('an operation', () => {
  const harness = new Harness('test/workflow/toys/index.ts');
  const names = Array.from({ length: 20 }, (_, index) => `step-${String.fromCharCode(97 + index)}`);

  it.each(['no-op-steps', 'no-op-activities'])('of many steps journals each of them, in their order: %s', async (workflowType) => {
    const world = await harness.run(toy(names.map((name) => noOp(name))), { workflowType });
    expect(world.of('StepCompleted').map(({ step }) => step)).toEqual(names);
    expect(world.end).toMatchObject({ type: 'OperationSucceeded' });
  });

  it('with a bug ends, undone', async () => {
    const world = await harness.run(toy([noOp('first', { how: 'Somehow.' }), noOp('second')]), { workflowType: 'buggy' });
    expect(world.end).toMatchObject({
      type: 'OperationFailed',
      data: { step: 'second', problem: { code: 'internal-error', message: 'node is undefined' }, undone: ['first'] },
    });
  });
});
