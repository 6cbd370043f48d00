import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DuplicateFact, POSITION_START, VersionConflict, type EventStore, type NewFact, type Position, type RecordedFact } from '@holdfast/domain';
import { eventually } from '../support/api-client.js';

export interface EventStoreHarness {
  readonly store: EventStore;
  /** Kills the server and starts it again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const fact = (type: string, data: object = {}, id: string = randomUUID()): NewFact => ({
  id,
  type,
  schemaVersion: 1,
  data,
  meta: { actor: 'test', correlationId: 'test' },
});

/** What every event store promises. */
export const eventStoreContract = (name: string, make: () => Promise<EventStoreHarness>): void => {
  describe(`${name} as an event store`, () => {
    let harness: EventStoreHarness;
    let store: EventStore;
    const newStream = (): string => `s-${randomUUID()}`;

    beforeAll(async () => {
      harness = await make();
      store = harness.store;
    }, 120_000);
    afterAll(() => harness.close(), 60_000);

    describe('appending', () => {
      it('gives back what was appended, in order, with versions from 0', async () => {
        const stream = newStream();
        const first = await store.append(stream, 'no-stream', [fact('A', { n: 1 }), fact('B', { n: 2 })]);
        await store.append(stream, first.version, [fact('C', { text: 'ä "quoted" \\ \u2028' })]);
        const facts = await store.readStream(stream);
        expect(facts.map(({ type, version, data }) => ({ type, version, data }))).toEqual([
          { type: 'A', version: 0, data: { n: 1 } },
          { type: 'B', version: 1, data: { n: 2 } },
          { type: 'C', version: 2, data: { text: 'ä "quoted" \\ \u2028' } },
        ]);
        expect(facts[2]?.meta).toEqual({ actor: 'test', correlationId: 'test' });
        expect(first).toMatchObject({ version: 1, deduplicated: false, position: facts[1]?.position });
      });

      it('refuses a stream that is not where it was expected', async () => {
        const stream = newStream();
        await store.append(stream, 'no-stream', [fact('A')]);
        await expect(store.append(stream, 'no-stream', [fact('B')])).rejects.toThrow(VersionConflict);
        await expect(store.append(stream, 5, [fact('B')])).rejects.toThrow(VersionConflict);
        await expect(store.append(newStream(), 0, [fact('B')])).rejects.toThrow(VersionConflict);
        await store.append(stream, 'any', [fact('B')]);
        expect(await store.readStream(stream)).toHaveLength(2);
      });

      it('lets exactly one of many writers at the same version win', async () => {
        const stream = newStream();
        await store.append(stream, 'no-stream', [fact('A')]);
        const results = await Promise.allSettled(Array.from({ length: 10 }, () => store.append(stream, 0, [fact('B'), fact('C')])));
        expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
        const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
        expect(reasons.every((reason) => reason instanceof VersionConflict)).toBe(true);
        expect(await store.readStream(stream)).toHaveLength(3);
      });

      it('lets everybody append who expects no version', async () => {
        const stream = newStream();
        const results = await Promise.all(Array.from({ length: 16 }, () => store.append(stream, 'any', [fact('A'), fact('B')])));
        expect(results.map((result) => result.version).sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, n) => 2 * n + 1));
        expect((await store.readStream(stream)).map((found) => found.type)).toEqual(Array.from({ length: 16 }, () => ['A', 'B']).flat());
      });

      it('stores what is appended several times at once only once', async () => {
        const stream = newStream();
        const facts = [fact('A'), fact('B')];
        const results = await Promise.all(Array.from({ length: 8 }, (_, n) => store.append(stream, n % 2 === 0 ? 'no-stream' : 'any', facts)));
        expect(results.filter((result) => !result.deduplicated)).toHaveLength(1);
        expect(new Set(results.map((result) => result.position)).size).toBe(1);
        expect(await store.readStream(stream)).toHaveLength(2);
      });

      it('answers a repeat with its first result, whatever version it expects', async () => {
        const stream = newStream();
        const facts = [fact('A'), fact('B')];
        const first = await store.append(stream, 'no-stream', facts);
        await store.append(stream, 'any', [fact('C')]);
        for (const expected of ['no-stream', 'any', 1] as const) {
          expect(await store.append(stream, expected, facts)).toEqual({ ...first, deduplicated: true });
        }
        expect(await store.readStream(stream)).toHaveLength(3);
      });

      it('refuses an id that stands for something else', async () => {
        const stream = newStream();
        const known = fact('A');
        await store.append(stream, 'no-stream', [known]);
        await expect(store.append(newStream(), 'no-stream', [known])).rejects.toThrow(DuplicateFact);
        await expect(store.append(stream, 'any', [known, fact('B')])).rejects.toThrow(DuplicateFact);
        expect(await store.readStream(stream)).toHaveLength(1);
        const twice = fact('C');
        await expect(store.append(stream, 'any', [twice, twice])).rejects.toThrow(DuplicateFact);
        expect(await store.readStream(stream)).toHaveLength(1);
      });

      it('stores whatever a machine has printed', async () => {
        const stream = newStream();
        const cut = '\u{1F418}'.slice(0, 1);
        await store.append(stream, 'no-stream', [fact('A', { tail: `nul \u0000, half ${cut}, \u{1F418} whole, C:\\u0000`, deep: [{ tail: cut }] })]);
        const [found] = await store.readStream(stream);
        expect(found?.data).toEqual({ tail: 'nul \uFFFD, half \uFFFD, \u{1F418} whole, C:\\u0000', deep: [{ tail: '\uFFFD' }] });
      });
    });

    describe('reading', () => {
      it('reads a part of a stream, and nothing of one that does not exist', async () => {
        const stream = newStream();
        await store.append(
          stream,
          'no-stream',
          Array.from({ length: 10 }, (_, n) => fact('N', { n })),
        );
        const part = await store.readStream(stream, { fromVersion: 3, limit: 4 });
        expect(part.map((found) => found.version)).toEqual([3, 4, 5, 6]);
        expect(await store.readStream(newStream())).toEqual([]);
      });

      it('reads the global order page by page, by types and by streams', async () => {
        const stream = newStream();
        const after = await placeOfNow(store);
        for (let n = 0; n < 5; n += 1) await store.append(stream, 'any', [fact('Odd', { n }), fact('Even', { n })]);
        await store.append('other-stream', 'any', [fact('Odd')]);
        const all: RecordedFact[] = [];
        let position = after;
        for (;;) {
          const page = await store.readAll({ after: position, limit: 3 });
          if (page.facts.length === 0 && all.length >= 11) break;
          all.push(...page.facts);
          expect(page.next > position || page.facts.length === 0).toBe(true);
          position = page.next;
        }
        expect(all).toHaveLength(11);
        expect(all.map((found) => found.position)).toEqual([...all.map((found) => found.position)].sort());
        expect(await store.head()).toBe(all.at(-1)?.position);
        const odd = await store.readAll({ after, limit: 100, types: ['Odd'], streamPrefix: 's-' });
        expect(odd.facts).toHaveLength(5);
      });
    });

    it('says how far a reader has come who wants none of what there is', async () => {
      const after = await placeOfNow(store);
      const wanted = await store.append(newStream(), 'no-stream', [fact('Wanted')]);
      const stream = newStream();
      for (let n = 0; n < 5; n += 1) await store.append(stream, 'any', [fact('Other')]);
      const last = await placeOfNow(store);
      while ((await store.head()) < last) await new Promise((resolve) => setTimeout(resolve, 10));
      const all = await store.readAll({ after, limit: 10, types: ['Wanted'] });
      expect(all.facts).toHaveLength(1);
      expect(all.next >= last).toBe(true);
      // A full page ends at its last fact: more of them may follow.
      expect((await store.readAll({ after, limit: 1, types: ['Wanted'] })).next).toBe(wanted.position);
      const none = await store.readAll({ after: all.next, limit: 10, types: ['Wanted'], streamPrefix: 'nobody-' });
      expect({ facts: none.facts, moved: none.next >= all.next }).toEqual({ facts: [], moved: true });
    });

    describe('following', () => {
      it('misses nothing and gives nothing twice under 16 concurrent writers', async () => {
        const after = await placeOfNow(store);
        const stop = new AbortController();
        const seen: string[] = [];
        const perWriter = 60;
        const total = 16 * perWriter;
        const reader = (async () => {
          for await (const page of store.subscribe({ after, signal: stop.signal, batchSize: 50 })) {
            seen.push(...page.facts.map((found) => found.id));
            if (seen.length >= total) break;
          }
        })();
        const written = await Promise.all(
          Array.from({ length: 16 }, async (_, writer) => {
            const ids: string[] = [];
            for (let n = 0; n < perWriter; n += 1) {
              const next = fact('W', { writer, n });
              await store.append(`w-${after}-${writer}`, 'any', [next]);
              ids.push(next.id);
            }
            return ids;
          }),
        );
        await reader;
        stop.abort();
        expect(seen).toHaveLength(total);
        expect([...seen].sort()).toEqual(written.flat().sort());
      }, 60_000);

      it('resumes from a checkpoint', async () => {
        const after = await placeOfNow(store);
        const stream = newStream();
        await store.append(stream, 'no-stream', [fact('A'), fact('B'), fact('C')]);
        const first = await store.readAll({ after, limit: 2 });
        const rest = await take(store, first.next, 1);
        expect(rest.map((found) => found.type)).toEqual(['C']);
      });

      it('goes on after the server was killed and started again', async () => {
        const after = await placeOfNow(store);
        const waiting = take(store, after, 2);
        await store.append(newStream(), 'no-stream', [fact('Before')]);
        await harness.restart();
        await eventually('the store is back', 30_000, () => store.append(newStream(), 'no-stream', [fact('After')]));
        expect((await waiting).map((found) => found.type)).toEqual(['Before', 'After']);
      }, 60_000);

      it('ends when it is told to', async () => {
        const stop = new AbortController();
        const ended = (async () => {
          for await (const page of store.subscribe({ after: POSITION_START, signal: stop.signal })) if (page.facts.length > 0) stop.abort();
        })();
        await ended;
        expect(stop.signal.aborted).toBe(true);
      });
    });
  });
};

/** A place after all that earlier tests wrote. The head may stand before that: whatever is written beside holds it back for a moment. */
export const placeOfNow = async (store: EventStore): Promise<Position> => (await store.append('places', 'any', [fact('Now')])).position;

const take = async (store: EventStore, after: string, count: number): Promise<RecordedFact[]> => {
  const stop = new AbortController();
  const facts: RecordedFact[] = [];
  for await (const page of store.subscribe({ after, signal: stop.signal })) {
    facts.push(...page.facts);
    if (facts.length >= count) break;
  }
  stop.abort();
  return facts;
};
