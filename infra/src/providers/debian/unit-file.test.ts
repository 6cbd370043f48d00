import { describe, expect, it } from '@jest/globals';
import { quoteForUnit, unitFile, unitName } from './unit-file.js';

describe('a unit file', () => {
  it('quotes what would end a word, name a variable or be a specifier', () => {
    expect(quoteForUnit('plain', 'command')).toBe('"plain"');
    expect(quoteForUnit('a "b" \\ %h $HOME', 'command')).toBe('"a \\"b\\" \\\\ %%h $$HOME"');
    expect(quoteForUnit('A=$HOME %h', 'environment')).toBe('"A=$HOME %%h"');
    expect(quoteForUnit('two\nlines\t', 'command')).toBe('"two\\x0alines\\x09"');
    expect(quoteForUnit('', 'command')).toBe('""');
  });
  it('is that of the service', () => {
    const text = unitFile({ name: 'db', argv: ['/bin/db', '--name', 'a b'], env: { LANG: 'C' }, stopSignal: 'SIGINT' });
    expect(text).toContain('\nExecStart="/bin/db" "--name" "a b"\n');
    expect(text).toContain('\nKillSignal=SIGINT\n');
    expect(text.match(/LANG=/g)).toHaveLength(1);
  });
  it('has a name that is one', () => {
    expect(unitName('db-1')).toBe('holdfast-db-1.service');
    for (const bad of ['', '../up', 'A', 'a b', 'a.b', 'x'.repeat(64)]) expect(() => unitName(bad)).toThrow(/name of a service/);
  });
});
