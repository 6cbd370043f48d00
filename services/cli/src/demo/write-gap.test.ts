import { describe, expect, it } from '@jest/globals';
import { longestGap } from './write-gap.js';

const at = (...times: number[]) => times.map((atMs, index) => ({ id: index + 1, atMs }));

describe('the longest gap between acknowledged writes', () => {
  it('is the longest of those between neighbours, with the time it began', () => {
    expect(longestGap(at(0, 10, 20, 153.04, 163, 260), 1_000)).toEqual({ longestGapMs: 133, longestGapAt: '1970-01-01T00:00:01.020Z' });
  });
  it('is nothing for less than two', () => {
    expect(longestGap(at(5), 0).longestGapMs).toBe(0);
    expect(longestGap([], 0).longestGapMs).toBe(0);
  });
});
