import { beforeAll, describe, expect, it } from '@jest/globals';
import { failing, hanging, nthOf } from './fakes/behaviours.js';
import type { FakeOperation } from './fakes/fake-world.js';
import { Harness, type Started } from './harness.js';
import { describeHistory } from './history-suite.js';
import { describeResumes } from './resume-suite.js';
import { requestFor, withDeadline } from './requests.js';
import {
  begun,
  callsOf,
  endData,
  got,
  isForwardOnly,
  LONGEST,
  namesOf,
  reached,
  runAll,
  sorted,
  undone,
  undoOrder,
  upTo,
  type RunbookSpec,
  type Suite,
} from './runbook-spec.js';

const ALL_MS = 240_000;
/** Within it a step must come to its last call, beside all others on a busy computer. */
const SHORT_DEADLINE_MS = 2_500;
const VARIANTS = [
  { nodes: 3, replication: 'sync' },
  { nodes: 3, replication: 'async' },
  { nodes: 2, replication: 'sync' },
  { nodes: 2, replication: 'async' },
  { nodes: 5, replication: 'sync' },
  { nodes: 1, mode: 'single', replication: 'async' },
] as const;
/** Those that need a replica have none in a single node. */
const NEEDS_REPLICA = ['promote-node', 'remove-node'];
/** A synchronous cluster keeps its last replica. */
const variantsFor = ({ kind, other }: RunbookSpec): readonly object[] =>
  other?.shapes ??
  VARIANTS.filter(
    ({ nodes, replication }) => !(NEEDS_REPLICA.includes(kind) && nodes === 1) && !(kind === 'remove-node' && nodes === 2 && replication === 'sync'),
  );

/** Everything that must hold for every operation, step by step. */
export const describeRunbook = (spec: RunbookSpec): void => {
  const harness = new Harness();
  const request = requestFor(spec.kind, spec.other?.shapes[0] ?? LONGEST, spec.other);
  const steps = namesOf(request.input.plan.steps);
  const suite: Suite = { spec, harness, request, steps, lastCallOf: (step) => spec.does[step]?.length ?? 0 };
  describePlan(suite);
  describeFailures(suite);
  describeDeadlines(suite);
  describeCancels(suite);
  describeResumes(suite);
  describeHistory(suite);
};

/** What was undone, and by which calls, once the runbook was left at this step. */
const expectUndone = ({ spec, request }: Suite, world: FakeOperation, step: string, doCallsOfStep: number): void => {
  const order = undoOrder(upTo(request.input.plan, step));
  expect(undone(world)).toEqual(order);
  expect(endData(world)['undone']).toEqual(order);
  for (const name of order) {
    const done = name === step ? doCallsOfStep : (spec.does[name]?.length ?? 0);
    const calls = world.calls.filter((call) => call.step === name).slice(done);
    expect([name, sorted(calls.map((call) => call.text))]).toEqual([name, sorted(spec.undoes[name] ?? [])]);
    // Nothing that was told to stop may still act when its undo begins.
    expect(calls.flatMap((call) => call.beside).filter((other) => !calls.includes(other))).toEqual([]);
  }
};

const describePlan = ({ spec, harness, request, steps }: Suite): void => {
  describe('the plan is what happens:', () => {
    const outcomes = new Map<string, FakeOperation>();
    const variants = variantsFor(spec);
    const nameOf = (variant: object): string => JSON.stringify(variant);
    beforeAll(async () => {
      for (const [key, world] of await runAll(variants.map(nameOf), (key) => harness.run(requestFor(spec.kind, JSON.parse(key) as object, spec.other))))
        outcomes.set(key, world);
    }, ALL_MS);

    it.each(variants.map(nameOf))('every planned step and no other, for %s', (key) => {
      const world = got(outcomes, key);
      const { plan } = requestFor(spec.kind, JSON.parse(key) as object, spec.other).input;
      expect(world.end?.type).toBe('OperationSucceeded');
      expect(begun(world)).toEqual(namesOf(plan.steps));
      expect(world.of('StepCompleted').map((data) => data.step)).toEqual(namesOf(plan.steps));
      expect(world.of('PointOfNoReturnPassed').map((data) => data.step)).toEqual(namesOf(plan.steps.filter((step) => step.afterPointOfNoReturn)).slice(0, 1));
      expect([...world.of('StepFailed'), ...world.of('StepUndone'), ...world.of('OperationStuck')]).toEqual([]);
    });
    it('each step calls what it should', () => {
      const world = got(outcomes, nameOf(variants[0] ?? {}));
      expect(Object.fromEntries(steps.map((step) => [step, sorted(callsOf(world, step))]))).toEqual(
        Object.fromEntries(steps.map((step) => [step, sorted(spec.does[step] ?? [])])),
      );
    });
    it('undoes are specified for exactly the steps whose plan says how', () => {
      expect(sorted(Object.keys(spec.undoes))).toEqual(sorted(undoOrder(request.input.plan.steps)));
    });
  });
};

const describeFailures = (suite: Suite): void => {
  const { harness, request, steps } = suite;
  const { plan } = request.input;
  describe('fails for good', () => {
    let outcomes: Map<string, FakeOperation> | undefined;
    beforeAll(async () => {
      outcomes = await runAll(steps, async (step) => {
        const started = await harness.start(request, { behaviour: failing(nthOf(step, 1)) });
        if (isForwardOnly(plan, step)) {
          await started.stuck();
          await started.answer('retry', step);
        }
        await started.result();
        return started.world;
      });
    }, ALL_MS);

    it.each(namesOf(plan.steps.filter((step) => !step.afterPointOfNoReturn)))('in %s: it is all undone, last one first', (step) => {
      const world = got(outcomes, step);
      const problem = { code: 'disk-full', message: 'No space is left on the machine.', node: 'pg-000001', command: 'initdb', outputTail: 'no space' };
      expect(world.end?.type).toBe('OperationFailed');
      expect(endData(world)).toMatchObject({ step, problem });
      expect(world.of('StepFailed')).toEqual([expect.objectContaining({ step, attempt: 1, problem })]);
      const attempted = world.calls.filter((call) => call.step === step).length - (suite.spec.undoes[step]?.length ?? 0);
      expectUndone(suite, world, step, attempted);
    });
    it.each(namesOf(plan.steps.filter((step) => step.afterPointOfNoReturn)))('in %s: a person is asked, and a retry goes on', (step) => {
      const world = got(outcomes, step);
      expect(world.of('OperationStuck')).toEqual([
        expect.objectContaining({ step, undoing: false, answers: ['retry', 'skip'], problem: expect.objectContaining({ code: 'disk-full' }) }),
      ]);
      expect(
        world
          .of('StepStarted')
          .filter((data) => data.step === step)
          .map((data) => data.attempt),
      ).toEqual([1, 2]);
      expect(undone(world)).toEqual([]);
      expect(world.end?.type).toBe('OperationSucceeded');
    });
  });
};

const describeDeadlines = (suite: Suite): void => {
  const { harness, request, steps, lastCallOf } = suite;
  const { plan } = request.input;
  const isAsked = (step: string): boolean => plan.steps.some((planned) => planned.name === step && planned.whenOverdue === 'ask');
  describe('is overdue, half done,', () => {
    let outcomes: Map<string, FakeOperation> | undefined;
    beforeAll(async () => {
      outcomes = await runAll(steps, async (step) => {
        const started = await harness.start(request, { plan: withDeadline(plan, step, SHORT_DEADLINE_MS), behaviour: hanging(nthOf(step, lastCallOf(step))) });
        if (isAsked(step)) {
          await started.stuck();
          await started.answer(isForwardOnly(plan, step) ? 'retry' : 'abort', step);
        }
        await started.result();
        return started.world;
      });
    }, ALL_MS);

    it.each(steps)('in %s: what the plan says', (step) => {
      const world = got(outcomes, step);
      const overdue = expect.objectContaining({ code: 'deadline-exceeded' });
      expect(world.of('StepFailed')).toEqual([expect.objectContaining({ step, problem: overdue })]);
      if (isForwardOnly(plan, step)) {
        expect(world.of('OperationStuck')).toEqual([expect.objectContaining({ answers: ['retry', 'skip'] })]);
        expect(world.end?.type).toBe('OperationSucceeded');
        return;
      }
      if (isAsked(step)) {
        expect(world.of('OperationStuck')).toEqual([
          expect.objectContaining({ step, undoing: false, answers: ['retry', 'skip', 'abort', 'cancel'], problem: overdue }),
        ]);
        expect(endData(world)).toMatchObject({ step, cause: 'token:admin aborted it.' });
      } else {
        expect(world.of('OperationStuck')).toEqual([]);
        expect(endData(world)).toMatchObject({ step, problem: overdue });
      }
      expect(world.end?.type).toBe(isAsked(step) ? 'OperationUndone' : 'OperationFailed');
      expectUndone(suite, world, step, lastCallOf(step));
    });
  });
};

const describeCancels = (suite: Suite): void => {
  const { harness, request, steps, lastCallOf } = suite;
  const { plan } = request.input;
  describe('is cancelled', () => {
    let outcomes: Map<string, { started: Started; refused: string | undefined }> | undefined;
    beforeAll(async () => {
      outcomes = await runAll(steps, async (step) => {
        let release: (value: unknown) => void = () => undefined;
        const released = new Promise((resolve) => (release = resolve));
        const started = await harness.start(request, { behaviour: hanging(nthOf(step, lastCallOf(step)), released) });
        await reached(started, step, lastCallOf(step));
        const refused = await started.refusalOf('cancel', step);
        if (refused !== undefined) release(undefined);
        await started.result();
        return { started, refused };
      });
    }, ALL_MS);

    it.each(namesOf(plan.steps.filter((step) => !step.afterPointOfNoReturn)))('in %s: it is all undone, last one first', (step) => {
      const { started, refused } = got(outcomes, step);
      const { world } = started;
      expect(refused).toBeUndefined();
      expect(world.of('OperatorAnswered')).toEqual([expect.objectContaining({ step, verb: 'cancel', actor: 'token:admin' })]);
      expect(world.end?.type).toBe('OperationCancelled');
      expect(endData(world)).toMatchObject({ step });
      expectUndone(suite, world, step, lastCallOf(step));
    });
    it.each(namesOf(plan.steps.filter((step) => step.afterPointOfNoReturn)))('in %s: too late, it goes on', (step) => {
      const { started, refused } = got(outcomes, step);
      expect(refused).toBe('answer-not-allowed');
      expect(started.world.of('OperatorAnswered')).toEqual([]);
      expect(started.world.end?.type).toBe('OperationSucceeded');
    });
  });
};
