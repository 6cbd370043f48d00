import { beforeAll, describe, expect, it } from '@jest/globals';
import { evolveJournal, EMPTY_JOURNAL, type OperationJournal } from '@holdfast/domain';
import type { Entry, FakeOperation } from './fakes/fake-world.js';
import { sorted, undoOrder, type Suite } from './runbook-spec.js';

const ALL_MS = 240_000;

const journalOf = (entries: readonly Entry[]): OperationJournal =>
  entries.reduce((journal, entry) => (entry.stream === 'operation' ? evolveJournal(journal, entry.event) : journal), EMPTY_JOURNAL);

/** Lost after any of its facts, and taken up again by another run. */
export const describeResumes = ({ spec, harness, request, steps }: Suite): void => {
  const { plan } = request.input;
  const CAUSE = 'Its workflow was terminated in Temporal.';
  const run = async (written: readonly Entry[], direction: 'forward' | 'undo'): Promise<FakeOperation> =>
    harness.run(request, { written, resume: { direction, journal: journalOf(written), cause: CAUSE } });

  describe('was lost after any of its facts', () => {
    let prefixes: (readonly Entry[])[] = [];
    let forward: FakeOperation[] = [];
    let backward: FakeOperation[] = [];
    beforeAll(async () => {
      const { log } = await harness.run(request);
      prefixes = log.map((_, length) => log.slice(0, length));
      [forward, backward] = (await Promise.all(
        (['forward', 'undo'] as const).map((direction) => Promise.all(prefixes.map((written) => run(written, direction)))),
      )) as [FakeOperation[], FakeOperation[]];
    }, ALL_MS);

    it('goes forward: what was done is not done again, the rest is', () => {
      expect(prefixes.length).toBeGreaterThan(2 * steps.length);
      for (const [index, world] of forward.entries()) {
        const completed = journalOf(prefixes[index] ?? [])
          .steps.filter((step) => step.status === 'completed')
          .map((step) => step.name);
        const rest = steps.filter((step) => !completed.includes(step));
        expect(world.end?.type).toBe('OperationSucceeded');
        expect(sorted(world.calls.map((call) => `${call.step}: ${call.text}`))).toEqual(
          sorted(rest.flatMap((step) => (spec.does[step] ?? []).map((text) => `${step}: ${text}`))),
        );
        expect(journalOf(world.log).steps.map((step) => [step.name, step.status])).toEqual(steps.map((step) => [step, 'completed']));
      }
    });
    it('goes back: what was begun is undone, nothing is begun; forward past the point of no return', () => {
      for (const [index, world] of backward.entries()) {
        const journal = journalOf(prefixes[index] ?? []);
        if (journal.pointOfNoReturnPassed) {
          expect(world.end?.type).toBe('OperationSucceeded');
          continue;
        }
        const started = plan.steps.filter((step) => journal.steps.some((before) => before.name === step.name) || step.name === spec.undoneAlways);
        expect(world.end).toMatchObject({ type: 'OperationUndone', data: { cause: CAUSE, undone: undoOrder(started) } });
        const undoCalls = undoOrder(started).flatMap((step) => spec.undoes[step] ?? []);
        expect(sorted(world.calls.map((call) => call.text))).toEqual(sorted(undoCalls));
      }
    });
  });
};
