import { describe, expect, it } from '@jest/globals';
import { SEARCH_ATTRIBUTES } from '@holdfast/workflows/contracts';
import { eventually } from '../support/api-client.js';
import { hanging, nthOf } from './fakes/behaviours.js';
import { Harness, type Started } from './harness.js';
import { requestFor, withDeadline } from './requests.js';
import { callsOf } from './runbook-spec.js';

const TIMEOUT_MS = 120_000;
const request = requestFor('add-node');
const { plan } = request.input;
const harness = new Harness();

describe('Temporal’s web UI', () => {
  /** They are stored with the workflow task, a moment after the fact. */
  const indexed = (started: Started, wanted: Record<string, readonly unknown[]>): Promise<true> =>
    eventually(`search attributes ${JSON.stringify(wanted)}`, 60_000, async () => {
      expect((await started.handle.describe()).searchAttributes).toMatchObject(wanted);
      return true as const;
    });
  const detailsOf = async (started: Started): Promise<string> =>
    (await started.handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;

  it(
    'shows the step, how to stop it, and what it waits for',
    async () => {
      const started = await harness.start(request, { plan: withDeadline(plan, 'catch-up', 1_500), behaviour: hanging(nthOf('catch-up', 1)) });
      await started.until('catch-up', (world) => callsOf(world, 'catch-up').length === 1);
      expect(await detailsOf(started)).toMatch(
        /^\*\*Step 5 of 7, `catch-up`\.\*\* Let .* until it has caught up\.\n\nIts deadline is 20.*Z, 1\.5 s after its start; then a person is asked\.\n\n.*operations cancel/s,
      );
      await started.stuck();
      expect(await detailsOf(started)).toMatch(
        /It is stuck and waits for an answer\.\n\nThe blocker \(`deadline-exceeded`\).*operations retry.*operations abort/s,
      );
      await indexed(started, { [SEARCH_ATTRIBUTES.step]: ['catch-up'], [SEARCH_ATTRIBUTES.stuck]: [true] });
      await started.answer('retry', 'catch-up');
      await started.result();
      await indexed(started, { [SEARCH_ATTRIBUTES.step]: ['publish'], [SEARCH_ATTRIBUTES.stuck]: [false] });
      const history = await started.handle.fetchHistory();
      const summaries = (history.events ?? [])
        .filter((event) => event.activityTaskScheduledEventAttributes)
        .map((event) => Buffer.from(event.userMetadata?.summary?.data ?? []).toString());
      expect(summaries[0]).toBe(JSON.stringify(plan.steps[0]?.title));
    },
    TIMEOUT_MS,
  );
});
