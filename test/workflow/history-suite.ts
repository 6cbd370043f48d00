import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { REPOSITORY_ROOT } from '../support/repository-root.js';
import { workflowBundle } from '../support/workflow-bundle.js';
import { failing, nthOf } from './fakes/behaviours.js';
import type { Suite } from './runbook-spec.js';

interface RecordedHistory {
  events: { activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[];
}

const REPLAY_MS = 60_000;

/**
 * Histories that earlier versions wrote. A running operation is replayed by the worker that takes it over, so a change of a
 * runbook that breaks these needs a patch (`patched()` of the SDK) and a new file (`historyVersion` of its spec), never a new recording
 * of an old one.
 * HOLDFAST_SAVE_HISTORIES=1 records those that are missing.
 */
export const describeHistory = ({ spec, harness, request, steps }: Suite): void => {
  const newest = spec.historyVersion ?? 1;
  const file = (which: string, version = newest): string =>
    join(REPOSITORY_ROOT, 'test/histories', `${spec.kind}${spec.other === undefined ? '' : `-${spec.other.name}`}${which}-v${version}.json`);
  const replay = (history: unknown): Promise<void> => Worker.runReplayHistory({ workflowBundle: { codePath: workflowBundle() } }, history);
  const load = (which: string, version = newest): RecordedHistory => JSON.parse(readFileSync(file(which, version), 'utf8')) as RecordedHistory;

  const record = async (which: string, failAt?: string): Promise<void> => {
    if (process.env['HOLDFAST_SAVE_HISTORIES'] !== '1' || existsSync(file(which))) return;
    const started = await harness.start(request, failAt === undefined ? {} : { behaviour: failing(nthOf(failAt, 1)) });
    await started.result();
    // Stack traces name the folder in which they were taken.
    writeFileSync(file(which), `${historyToJSON(await started.handle.fetchHistory()).replaceAll(`${REPOSITORY_ROOT}/`, '')}\n`);
  };
  const lastUndoable = request.input.plan.steps.filter((step) => !step.afterPointOfNoReturn).at(-1)?.name ?? steps[0];

  describe('a recorded history is replayed', () => {
    it.each(['', '-undone'])(
      '%s',
      async (which) => {
        await record(which, which === '' ? undefined : lastUndoable);
        for (let version = 1; version <= newest; version += 1) await replay(load(which, version));
      },
      REPLAY_MS,
    );
    it(
      'and a runbook that differs from it is found out',
      async () => {
        const history = load('');
        const scheduled = history.events.find((event) => event.activityTaskScheduledEventAttributes !== undefined)?.activityTaskScheduledEventAttributes;
        if (scheduled === undefined) throw new Error('The history has no activity.');
        scheduled.activityType.name = 'paintNode';
        await expect(replay(history)).rejects.toThrow(/paintNode|[Nn]ondeterminism/);
      },
      REPLAY_MS,
    );
  });
};
