import { describe, expect, it } from '@jest/globals';
import type { OperatorVerb } from '@holdfast/domain';
import type { OperatorAnswer } from '@holdfast/workflows/contracts';
import { failing, hanging, nthOf } from './fakes/behaviours.js';
import { Harness, type Started } from './harness.js';
import { requestFor, withDeadline } from './requests.js';
import { begun, callsOf, endData, namesOf, reached, undone, undoOrder, upTo } from './runbook-spec.js';

type AnswerChanges = Partial<OperatorAnswer> & { signature?: string };

const TIMEOUT_MS = 120_000;
const request = requestFor('add-node');
const { plan } = request.input;

describe('answers of people', () => {
  const harness = new Harness();
  /** Stuck in `catch-up`, past its deadline. */
  const stuckInCatchUp = async (): Promise<Started> => {
    const started = await harness.start(request, { plan: withDeadline(plan, 'catch-up', 300), behaviour: hanging(nthOf('catch-up', 1)) });
    await started.stuck();
    return started;
  };

  it(
    'retry: the step is done again with its whole deadline',
    async () => {
      const started = await stuckInCatchUp();
      await started.answer('retry', 'catch-up', { reason: 'The disk is faster now.' });
      await started.result();
      const { world } = started;
      expect(world.of('OperatorAnswered')).toEqual([
        {
          operationId: world.operationId,
          clusterId: request.input.clusterId,
          step: 'catch-up',
          verb: 'retry',
          actor: 'token:admin',
          reason: 'The disk is faster now.',
        },
      ]);
      expect(callsOf(world, 'catch-up')).toHaveLength(2);
      expect(world.end?.type).toBe('OperationSucceeded');
    },
    TIMEOUT_MS,
  );

  it(
    'skip: it goes on as if the step were done, and still undoes it later',
    async () => {
      const started = await harness.start(request, {
        plan: withDeadline(plan, 'clone-data', 300),
        behaviour: (call) => hanging(nthOf('clone-data', 2))(call) ?? failing(nthOf('verify', 1))(call),
      });
      await started.stuck();
      await started.answer('skip', 'clone-data');
      await started.result();
      const { world } = started;
      expect(world.of('StepSkipped')).toEqual([expect.objectContaining({ step: 'clone-data', actor: 'token:admin' })]);
      expect(begun(world)).toEqual(namesOf(upTo(plan, 'verify')));
      expect(undone(world)).toEqual(['clone-data', 'provision-machine', 'reserve-node']);
    },
    TIMEOUT_MS,
  );

  it(
    'cancel, while it is stuck',
    async () => {
      const started = await stuckInCatchUp();
      await started.answer('cancel', 'catch-up');
      await started.result();
      expect(started.world.end?.type).toBe('OperationCancelled');
      expect(undone(started.world)).toEqual(undoOrder(upTo(plan, 'catch-up')));
    },
    TIMEOUT_MS,
  );

  it(
    'cancel, whatever step it names: it is meant for the operation',
    async () => {
      const started = await harness.start(request, { behaviour: hanging(nthOf('install-engine', 1)) });
      await reached(started, 'install-engine', 1);
      await started.answer('cancel', 'reserve-node');
      await started.result();
      expect(endData(started.world)).toMatchObject({ step: 'install-engine', undone: ['provision-machine', 'reserve-node'] });
    },
    TIMEOUT_MS,
  );

  it.each<[string, OperatorVerb, string, AnswerChanges, string]>([
    ['unsigned', 'retry', 'catch-up', { signature: 'forged' }, 'answer-not-signed'],
    ['signed for another operation', 'retry', 'catch-up', { operationId: 'add-node-0' }, 'answer-not-signed'],
    ['no answer at all', 'retry', 'catch-up', { nonce: 7 as unknown as string }, 'answer-not-signed'],
    ['expired', 'retry', 'catch-up', { expiresAt: '2020-01-01T00:00:00.000Z' }, 'answer-too-late'],
    ['an expired cancel', 'cancel', 'catch-up', { expiresAt: '2020-01-01T00:00:00.000Z' }, 'answer-too-late'],
    ['for a step that is over', 'skip', 'clone-data', {}, 'answer-too-late'],
  ])(
    '%s: refused, and nothing changes',
    async (_, verb, step, changes, code) => {
      const started = await stuckInCatchUp();
      const before = started.world.log.length;
      expect(await started.refusalOf(verb, step, changes)).toBe(code);
      expect(started.world.log).toHaveLength(before);
      await started.answer('retry', 'catch-up');
      await started.result();
      expect(started.world.of('OperatorAnswered')).toHaveLength(1);
      expect(started.world.end?.type).toBe('OperationSucceeded');
    },
    TIMEOUT_MS,
  );

  it(
    'to a step that is not stuck: refused',
    async () => {
      let release: (value: unknown) => void = () => undefined;
      const started = await harness.start(request, { behaviour: hanging(nthOf('catch-up', 1), new Promise((resolve) => (release = resolve))) });
      await reached(started, 'catch-up', 1);
      for (const verb of ['retry', 'skip', 'abort'] as const) expect(await started.refusalOf(verb, 'catch-up')).toBe('answer-not-allowed');
      release(undefined);
      await started.result();
      expect(started.world.of('OperatorAnswered')).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'abort or cancel past the point of no return: refused',
    async () => {
      const started = await harness.start(request, { behaviour: failing(nthOf('publish', 1)) });
      await started.stuck();
      for (const verb of ['abort', 'cancel'] as const) expect(await started.refusalOf(verb, 'publish')).toBe('answer-not-allowed');
      await started.answer('skip', 'publish');
      await started.result();
      expect(started.world.end?.type).toBe('OperationSucceeded');
    },
    TIMEOUT_MS,
  );

  it(
    'two at once: one is taken',
    async () => {
      const started = await stuckInCatchUp();
      const refusals = await Promise.all([started.refusalOf('retry', 'catch-up'), started.refusalOf('retry', 'catch-up')]);
      expect(refusals.filter((code) => code === undefined)).toHaveLength(1);
      await started.result();
      expect(started.world.of('OperatorAnswered')).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it(
    'the same one twice: taken once',
    async () => {
      const started = await harness.start(request, {
        plan: withDeadline(plan, 'catch-up', 300),
        behaviour: hanging((call) => call.step === 'catch-up' && call.nth <= 2),
      });
      await started.stuck();
      const nonce = 'b2c7';
      await started.answer('retry', 'catch-up', { nonce });
      await started.stuck(2);
      expect(await started.refusalOf('retry', 'catch-up', { nonce })).toBe('answer-not-allowed');
      await started.answer('abort', 'catch-up');
      await started.result();
      expect(started.world.end?.type).toBe('OperationUndone');
    },
    TIMEOUT_MS,
  );

  it(
    'a cancel request of Temporal itself changes nothing and is noted',
    async () => {
      let release: (value: unknown) => void = () => undefined;
      const started = await harness.start(request, { behaviour: hanging(nthOf('clone-data', 1), new Promise((resolve) => (release = resolve))) });
      await reached(started, 'clone-data', 1);
      await started.handle.cancel();
      await started.until('noted', (world) => world.of('OperationInterrupted').length === 1);
      // Updates work as before.
      expect(await started.refusalOf('retry', 'clone-data')).toBe('answer-not-allowed');
      release(undefined);
      expect(await started.result()).toEqual({ outcome: 'succeeded' });
      expect(started.world.of('OperationInterrupted')).toEqual([expect.objectContaining({ by: 'temporal' })]);
      expect(started.world.of('StepUndone')).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'also after a cancel request of Temporal the API’s cancel undoes everything',
    async () => {
      const started = await harness.start(request, { behaviour: hanging(nthOf('clone-data', 1)) });
      await reached(started, 'clone-data', 1);
      await started.handle.cancel();
      await started.answer('cancel', 'clone-data');
      expect(await started.result()).toEqual({ outcome: 'cancelled' });
      expect(undone(started.world)).toEqual(undoOrder(upTo(plan, 'clone-data')));
    },
    TIMEOUT_MS,
  );
});
