import { describe, expect, it } from '@jest/globals';
import { showBytes, showDollars, showDuration, showTime } from './amounts.js';

describe('amounts for people', () => {
  it.each([
    [0, '0 ms'],
    [133.4, '133 ms'],
    [1_500, '1.5 s'],
    [200_000, '3 min 20 s'],
    [600_000, '10 min'],
    [3_600_000, '1 h'],
    [5_400_000, '1 h 30 min'],
  ])('%d ms is %s', (ms, text) => expect(showDuration(ms)).toBe(text));
  it.each([
    [0, '0 B'],
    [1_536, '1.5 KiB'],
    [1024 ** 3, '1 GiB'],
    [10 * 1024 ** 5, '10240 TiB'],
  ])('%d bytes are %s', (bytes, text) => expect(showBytes(bytes)).toBe(text));
  it('knows a credit from a cost', () => {
    expect([showDollars(7_000), showDollars(-5_110_000, 2), showDollars(0)]).toEqual(['$0.0070', '-$5.11', '$0.0000']);
  });
  it('leaves times to programs as they are', () => {
    expect(showTime('2026-11-21T06:00:00.123Z', false)).toBe('2026-11-21T06:00:00.123Z');
    expect(showTime('2026-11-21T06:00:00.123Z', true)).toMatch(/^2026-11-2\d \d\d:\d\d:00\.123$/);
  });
});
