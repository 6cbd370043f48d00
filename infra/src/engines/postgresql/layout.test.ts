import fc from 'fast-check';
import { majorOf, slotNameOf } from './layout.js';

describe('the slot of a node', () => {
  it('is the node name with underscores', () => expect(slotNameOf('pg-3f9a1c')).toBe('pg_3f9a1c'));

  it('is always a name that PostgreSQL takes', () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }), (name) => /^[a-z0-9_]{1,63}$/.test(slotNameOf(name))));
  });

  it('is never shared by two nodes', () => {
    expect(new Set(['a-b', 'a_b', 'A-B', 'a.b', 'a b', `${'x'.repeat(70)}1`, `${'x'.repeat(70)}2`].map(slotNameOf)).size).toBe(7);
  });
});

describe('a version', () => {
  it.each([
    ['18', 18],
    ['18.6', 18],
    ['15.18', 15],
  ])('%p is of major %p', (version, major) => expect(majorOf(version)).toBe(major));
});
