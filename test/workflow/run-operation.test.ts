import { describe, expect, it } from '@jest/globals';
import type { OperationPlan, PlannedStep } from '@holdfast/domain';
import { ApplicationFailure } from '@temporalio/common';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY_ROOT } from '../support/repository-root.js';
import { failing, faltering, hanging } from './fakes/behaviours.js';
import { Harness } from './harness.js';
import { requestFor, withDeadline } from './requests.js';
import { begun, callsOf, endData, undone } from './runbook-spec.js';

const TIMEOUT_MS = 120_000;
const request = requestFor('add-node');
const { plan } = request.input;
const withSteps = (change: (steps: PlannedStep[]) => PlannedStep[]): OperationPlan => ({ ...plan, steps: change([...plan.steps]) });
const patched = (name: string, patch: Partial<PlannedStep>): OperationPlan =>
  withSteps((steps) => steps.map((step) => (step.name === name ? { ...step, ...patch } : step)));

const harness = new Harness();

describe('the plan is the law:', () => {
  it.each<[string, OperationPlan, string, string[]]>([
    ['another step', patched('catch-up', { name: 'hurry-up' }), 'catch-up', ['clone-data', 'provision-machine', 'reserve-node']],
    ['a step less', withSteps((steps) => steps.filter((step) => step.name !== 'install-engine')), 'install-engine', ['provision-machine', 'reserve-node']],
    [
      'an undo that the runbook does not have',
      patched('install-engine', { undo: { how: 'Somehow.' } }),
      'install-engine',
      ['provision-machine', 'reserve-node'],
    ],
    ['no undo where the runbook has one', patched('provision-machine', { undo: { none: 'No.' } }), 'provision-machine', ['reserve-node']],
    ['an earlier point of no return', patched('verify', { afterPointOfNoReturn: true }), 'verify', ['clone-data', 'provision-machine', 'reserve-node']],
    ['no point of no return', patched('publish', { afterPointOfNoReturn: false }), 'publish', ['clone-data', 'provision-machine', 'reserve-node']],
  ])(
    '%s ends the operation, undone',
    async (_, changed, step, back) => {
      const world = await harness.run(request, { plan: changed });
      expect(world.end).toMatchObject({ type: 'OperationFailed', data: { step, problem: { code: 'plan-mismatch' }, undone: back } });
    },
    TIMEOUT_MS,
  );

  it(
    'a difference past the point of no return waits for a person before the lock is freed',
    async () => {
      const last = plan.steps.at(-1)!;
      const started = await harness.start(request, { plan: withSteps((steps) => [...steps, { ...last, name: 'celebrate' }]) });
      await started.stuck();
      expect(started.world.of('OperationStuck')).toEqual([
        expect.objectContaining({ answers: ['skip'], problem: expect.objectContaining({ code: 'plan-mismatch' }) }),
      ]);
      expect(started.world.end).toBeUndefined();
      await started.answer('skip', 'publish');
      await started.result();
      expect(started.world.end).toMatchObject({ type: 'OperationFailed', data: { problem: { code: 'plan-mismatch' }, undone: [] } });
    },
    TIMEOUT_MS,
  );
});

describe('what may pass', () => {
  it(
    'is tried again unnoticed within the first seconds',
    async () => {
      const world = await harness.run(request, { behaviour: faltering((call) => call.step === 'install-engine' && call.nth <= 2) });
      expect(callsOf(world, 'install-engine')).toHaveLength(3);
      expect(world.of('StepFailed')).toEqual([]);
      expect(world.end?.type).toBe('OperationSucceeded');
    },
    TIMEOUT_MS,
  );

  it(
    'is told in the journal as a failed try when it lasts, and the step goes on',
    async () => {
      const world = await harness.run(request, { behaviour: faltering((call) => call.step === 'install-engine' && call.nth <= 3) });
      expect(world.of('StepFailed')).toEqual([
        expect.objectContaining({ step: 'install-engine', attempt: 1, problem: { code: 'port-taken', message: 'Port 5432 is taken by another.' } }),
      ]);
      expect(
        world
          .of('StepStarted')
          .filter((data) => data.step === 'install-engine')
          .map((data) => data.attempt),
      ).toEqual([1, 2]);
      expect(world.end?.type).toBe('OperationSucceeded');
    },
    TIMEOUT_MS,
  );

  it(
    'is named as the blocker when the deadline comes',
    async () => {
      const started = await harness.start(request, {
        plan: withDeadline(plan, 'install-engine', 3_000),
        behaviour: faltering((call) => call.step === 'install-engine'),
      });
      await started.stuck();
      const problem = {
        code: 'deadline-exceeded',
        message: 'The step took longer than its deadline of 3 s. Its last problem (port-taken): Port 5432 is taken by another.',
      };
      expect(started.world.of('OperationStuck')).toEqual([expect.objectContaining({ problem })]);
      await started.answer('abort', 'install-engine', { reason: 'Not today.' });
      await started.result();
      expect(endData(started.world)).toMatchObject({ cause: 'token:admin aborted it. Not today.' });
    },
    TIMEOUT_MS,
  );
});

describe('the journal', () => {
  const away = (): never => {
    throw ApplicationFailure.retryable('The event store is away.', 'event-store-unavailable');
  };

  it(
    'has a step before the step begins: while the event store is away, nothing is done',
    async () => {
      let isAway = false;
      const started = await harness.start(request, {
        beforeWrite: () => (isAway ? away() : undefined),
        behaviour: (call) => ((isAway ||= call.step === 'provision-machine'), undefined),
      });
      await started.until('away', () => isAway);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(callsOf(started.world, 'install-engine')).toEqual([]);
      isAway = false;
      await started.result();
      expect(started.world.end?.type).toBe('OperationSucceeded');
    },
    TIMEOUT_MS,
  );

  it(
    'gets its end, whatever it takes: also when it was refused for good at first',
    async () => {
      let refusals = 0;
      const world = await harness.run(request, {
        beforeWrite: (types) => {
          if (types[0] !== 'OperationSucceeded' || refusals >= 1) return;
          refusals += 1;
          throw ApplicationFailure.nonRetryable('The disk of the event store is full.', 'disk-full');
        },
      });
      expect(refusals).toBe(1);
      expect(world.end?.type).toBe('OperationSucceeded');
    },
    TIMEOUT_MS,
  );
});

describe('calls made at once', () => {
  it(
    'are all over before the undo begins, when one of them fails',
    async () => {
      const deploy = requestFor('deploy-cluster');
      // The endpoint's machine hangs, the second node fails.
      const world = await harness.run(deploy, {
        behaviour: (call) => hanging((other) => other.text === 'provisionEndpoint()')(call) ?? failing((other) => other.text === 'provisionNode(n2)')(call),
      });
      expect(endData(world)).toMatchObject({ step: 'provision-machines', problem: { code: 'disk-full' } });
      const destroying = world.calls.filter((call) => call.text.startsWith('destroy'));
      expect(destroying).toHaveLength(4);
      expect(destroying.flatMap((call) => call.beside).filter((call) => call.text.startsWith('provision'))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe('a deployment', () => {
  it(
    'that is cancelled while its first step cannot be written is discarded, and its name is free',
    async () => {
      const deploy = requestFor('deploy-cluster');
      let isAway = true;
      const started = await harness.start(deploy, {
        beforeWrite: (types) => {
          if (isAway && types.includes('StepStarted')) throw ApplicationFailure.retryable('The event store is away.', 'event-store-unavailable');
        },
      });
      const cancelled = started.answer('cancel', 'reserve-nodes');
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      isAway = false;
      await cancelled;
      await started.result();
      expect(started.world.clusterEvents.slice(-2).map((event) => event.type)).toEqual(['ClusterDiscarded', 'OperationCancelled']);
      expect(begun(started.world)).toEqual(['reserve-nodes']);
      expect(undone(started.world)).toEqual(['reserve-nodes']);
    },
    TIMEOUT_MS,
  );
});

describe('the bundle', () => {
  it(
    'refuses what would make a replay differ',
    async () => {
      const bundling = promisify(execFile)(
        process.execPath,
        ['scripts/bundle-workflows.mjs', '--entry', 'test/workflow/toys/forbidden.ts', '--out', join(tmpdir(), 'holdfast-forbidden.js')],
        {
          cwd: REPOSITORY_ROOT,
          timeout: TIMEOUT_MS,
        },
      );
      await expect(bundling).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('node:crypto') });
    },
    TIMEOUT_MS,
  );
});
