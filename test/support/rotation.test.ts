import { describe, expect, it } from '@jest/globals';
import { chooseByDay } from './rotation.js';

const ALL = [{ name: 'a', always: true }, { name: 'b' }, { name: 'c' }, { name: 'd' }];
const names = (day: number, wanted?: string): string[] => chooseByDay(ALL, day, wanted).map(({ name }) => name);

describe('what is run by day', () => {
  it('is what is always run and one of the others, each in its turn', () => {
    expect([0, 1, 2, 3].map((day) => names(day))).toEqual([['a', 'b'], ['a', 'c'], ['a', 'd'], ['a', 'b']]);
  });
  it('is what was asked for, whatever the day', () => {
    expect(names(1, 'd, b')).toEqual(['d', 'b']);
    expect(() => names(1, 'b,x')).toThrow('There is no x. There are: a, b, c, d.');
  });
});
