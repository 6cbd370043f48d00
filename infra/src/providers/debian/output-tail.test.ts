import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OutputTail } from './output-tail.js';

describe('the tail of an output', () => {
  it('is its last bytes, however it came', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 30 })), fc.integer({ min: 1, max: 50 }), (pieces, bytesMax) => {
        const tail = new OutputTail(bytesMax);
        for (const piece of pieces) tail.add(Buffer.from(piece));
        expect(tail.text()).toBe(pieces.join('').slice(-bytesMax));
      }),
    );
  });
  it('does not begin in the middle of a character', () => {
    const tail = new OutputTail(5);
    tail.add(Buffer.from('ab€€'));
    expect(tail.text()).toBe('€');
  });
});
