import { describe, expect, it } from '@jest/globals';
import { EMPTY_JOURNAL, evolveJournal, type OperationEvent } from '@holdfast/domain';
import { failing, faltering, hanging, nthOf } from './fakes/behaviours.js';
import type { Behaviour, FakeOperation } from './fakes/fake-world.js';
import { Harness } from './harness.js';
import { requestFor } from './requests.js';
import { callsOf, endData, undone } from './runbook-spec.js';

const TIMEOUT_MS = 120_000;
const request = requestFor('add-node');
const failsInVerify = failing(nthOf('verify', 1), 'verification-failed', 'pg-000001 does not stream.');
const and =
  (...behaviours: Behaviour[]): Behaviour =>
  (call) =>
    behaviours.map((behaviour) => behaviour(call)).find((answer) => answer !== undefined);

const harness = new Harness();
const journalOf = (world: FakeOperation) => world.journal.reduce(evolveJournal, EMPTY_JOURNAL);

describe('an undo that fails', () => {
  /** `clone-data` makes two calls; its undo is the third. */
  const UNDO = nthOf('clone-data', 3);

  it(
    'for good: it is stuck, and after a retry the others are undone too',
    async () => {
      const started = await harness.start(request, { behaviour: and(failsInVerify, failing(UNDO, 'command-failed', 'The slot is in use.')) });
      await started.stuck();
      const { world } = started;
      expect(world.of('OperationStuck')).toEqual([
        expect.objectContaining({
          step: 'clone-data',
          undoing: true,
          answers: ['retry', 'skip'],
          problem: expect.objectContaining({ code: 'command-failed', message: 'The slot is in use.' }),
        }),
      ]);
      expect(await started.refusalOf('cancel', 'clone-data')).toBe('answer-not-allowed');
      expect(await started.refusalOf('abort', 'clone-data')).toBe('answer-not-allowed');
      await started.answer('retry', 'clone-data');
      await started.result();
      expect(undone(world)).toEqual(['clone-data', 'provision-machine', 'reserve-node']);
      expect(endData(world)).toMatchObject({
        step: 'verify',
        problem: { code: 'verification-failed' },
        undone: ['clone-data', 'provision-machine', 'reserve-node'],
      });
    },
    TIMEOUT_MS,
  );

  it(
    'and is skipped: the others are undone, and the end does not claim it',
    async () => {
      const started = await harness.start(request, { behaviour: and(failsInVerify, failing(UNDO)) });
      await started.stuck();
      await started.answer('skip', 'clone-data');
      await started.result();
      expect(undone(started.world)).toEqual(['provision-machine', 'reserve-node']);
      expect(endData(started.world)['undone']).toEqual(['provision-machine', 'reserve-node']);
      expect(callsOf(started.world, 'clone-data')).toHaveLength(3);
    },
    TIMEOUT_MS,
  );

  it(
    'for a moment: it is tried again without asking anybody',
    async () => {
      const world = await harness.run(request, {
        behaviour: and(
          failsInVerify,
          faltering((call) => call.step === 'clone-data' && [3, 4].includes(call.nth)),
        ),
      });
      expect(world.of('OperationStuck')).toEqual([]);
      expect(undone(world)).toEqual(['clone-data', 'provision-machine', 'reserve-node']);
    },
    TIMEOUT_MS,
  );

  it(
    'again and again: after some seconds a person is asked',
    async () => {
      const started = await harness.start(request, {
        behaviour: and(
          failsInVerify,
          faltering((call) => call.step === 'clone-data' && call.nth >= 3 && call.nth <= 8),
        ),
      });
      await started.stuck();
      expect(callsOf(started.world, 'clone-data')).toHaveLength(2 + 6);
      expect(started.world.of('OperationStuck')).toEqual([
        expect.objectContaining({ undoing: true, problem: expect.objectContaining({ code: 'port-taken' }) }),
      ]);
      await started.answer('retry', 'clone-data');
      await started.result();
      expect(undone(started.world)).toEqual(['clone-data', 'provision-machine', 'reserve-node']);
    },
    TIMEOUT_MS,
  );
});

describe('an operation that was lost', () => {
  const lost = async (behaviour: Behaviour, until: (event: OperationEvent) => boolean): Promise<FakeOperation> => {
    const started = await harness.start(request, { behaviour });
    await started.until('the moment', (world) => world.journal.some(until));
    await started.handle.terminate('The test ends it.');
    return started.world;
  };
  const resumed = (world: FakeOperation, direction: 'forward' | 'undo'): Promise<FakeOperation> =>
    harness.run(request, { written: [...world.log], resume: { direction, journal: journalOf(world), cause: 'Its workflow was terminated.' } });

  it(
    'while it was undoing a failure goes on undoing, also when ordered forward',
    async () => {
      const before = await lost(
        and(
          failsInVerify,
          hanging((call) => call.step === 'provision-machine' && call.nth === 2),
        ),
        (event) => event.type === 'StepUndone',
      );
      const world = await resumed(before, 'forward');
      expect(undone(world)).toEqual(['clone-data', 'provision-machine', 'reserve-node']);
      expect(world.calls.map((call) => call.text)).toEqual(['destroyNode(n4)', 'recordFacts(NodeReleased)']);
      expect(world.end).toMatchObject({
        type: 'OperationFailed',
        data: { step: 'verify', problem: { code: 'verification-failed' }, undone: ['provision-machine', 'reserve-node'] },
      });
    },
    TIMEOUT_MS,
  );

  it(
    'after it was cancelled is cancelled',
    async () => {
      const started = await harness.start(request, {
        behaviour: hanging((call) => call.step === 'install-engine' || (call.step === 'provision-machine' && call.nth === 2)),
      });
      await started.until('begun', (world) => callsOf(world, 'install-engine').length === 1);
      await started.answer('cancel', 'install-engine');
      await started.until('undoing', (world) => callsOf(world, 'provision-machine').length === 2);
      await started.handle.terminate('The test ends it.');
      const world = await resumed(started.world, 'forward');
      expect(world.end).toMatchObject({ type: 'OperationCancelled', data: { undone: ['provision-machine', 'reserve-node'] } });
    },
    TIMEOUT_MS,
  );

  it(
    'while it was stuck tries the step again, counted on',
    async () => {
      const before = await lost(failing(nthOf('publish', 1)), (event) => event.type === 'OperationStuck');
      const world = await resumed(before, 'undo');
      expect(
        world
          .of('StepStarted')
          .filter((data) => data.step === 'publish')
          .map((data) => data.attempt),
      ).toEqual([1, 2]);
      expect(world.end?.type).toBe('OperationSucceeded');
    },
    TIMEOUT_MS,
  );
});
