import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseClusterNodes, rangesOf } from './cluster-view.js';
import { batchesOf, evenShares, planMoves } from './slot-plan.js';

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);

describe('the view of a cluster', () => {
  it('is read from CLUSTER NODES', () => {
    const view = parseClusterNodes(
      [
        'aa 127.0.0.2:6379@16379 myself,master - 0 0 1 connected 0-2 5 [7->-bb] [9-<-bb]',
        'bb 127.0.0.3:6379@16379,host master - 0 0 2 connected 3-4',
        'cc 127.0.0.4:6379@16379 slave aa 0 0 1 connected',
        'dd 127.0.0.5:6379@16379 handshake - 0 0 0 connected',
      ].join('\n'),
    );
    expect(view.me).toMatchObject({ id: 'aa', host: '127.0.0.2', port: 6379, role: 'primary', slots: [0, 1, 2, 5] });
    expect(view.members[2]).toMatchObject({ role: 'replica', primaryId: 'aa', slots: [] });
    expect(view.members[3]?.handshake).toBe(true);
    expect([view.migrating, view.importing]).toEqual([[{ slot: 7, peerId: 'bb' }], [{ slot: 9, peerId: 'bb' }]]);
  });
  it('names slots by the fewest ranges', () => {
    expect(rangesOf([5, 1, 2, 3, 9])).toEqual([[1, 3], [5, 5], [9, 9]]);
  });
});

describe('the plan of moves', () => {
  it('gives a new shard its share and moves nothing between the others', () => {
    const moves = planMoves([range(0, 5460), range(5461, 10921), range(10922, 16383), []]);
    expect(moves).toHaveLength(4096);
    expect(moves.every(({ to }) => to === 3)).toBe(true);
  });
  it('takes all from one that no longer takes part', () => {
    expect(planMoves([range(0, 9), range(10, 19)], [false, true])).toHaveLength(10);
    expect(() => evenShares([3], [false])).toThrow('Nobody');
  });
  it('ends at even shares, to one slot, whatever it began with', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { minLength: 1, maxLength: 6 }), (counts) => {
        let next = 0;
        const slots = counts.map((count) => range(next, (next += count) - 1));
        const after = slots.map((own) => new Set(own));
        for (const { slot, from, to } of planMoves(slots)) {
          expect(after[from]?.delete(slot)).toBe(true);
          after[to]?.add(slot);
        }
        const sizes = after.map(({ size }) => size);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(planMoves(after.map((own) => [...own]))).toEqual([]);
      }),
    );
  });
});

describe('moves that go together', () => {
  it('are in pieces of the same ends, and none is left out or comes twice', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { minLength: 2, maxLength: 6 }), fc.integer({ min: 1, max: 9 }), (counts, max) => {
        let next = 0;
        const moves = planMoves(counts.map((count) => range(next, (next += count) - 1)));
        const batches = batchesOf(moves, max);
        expect(batches.flatMap(({ from, to, slots }) => slots.map((slot) => ({ slot, from, to })))).toEqual(moves);
        expect(batches.every(({ slots }) => slots.length > 0 && slots.length <= max)).toBe(true);
      }),
    );
    const apart = batchesOf([{ slot: 1, from: 0, to: 2 }, { slot: 2, from: 0, to: 2 }, { slot: 9, from: 1, to: 2 }]);
    expect(apart).toEqual([{ from: 0, to: 2, slots: [1, 2] }, { from: 1, to: 2, slots: [9] }]);
  });
});
