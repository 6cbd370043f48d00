import { describe, expect, it } from '@jest/globals';
import { suiteOfMirror } from './debian-suite.js';

describe('another suite of the mirror', () => {
  const line = (fields: readonly string[]): string => `${fields.join('|')}\n`;
  it('is asked from where Debian itself comes from, not from who else offers packages', () => {
    const others = line(['Somebody', 'Somebody', 'http://a.test/debian/', '/a.gpg']) + line(['Debian', 'Debian-Security', 'http://b.test/security/', '$(SIGNED_BY)']);
    expect(suiteOfMirror(others + line(['Debian', 'Debian', 'http://c.test/debian/', '$(SIGNED_BY)']), 'sid')).toBe('deb http://c.test/debian/ sid main');
    expect(suiteOfMirror(others, 'sid')).toBeUndefined();
    expect(suiteOfMirror('', 'sid')).toBeUndefined();
  });
  it('is checked by the keys that its owner named', () => {
    expect(suiteOfMirror(line(['Debian', 'Debian', 'http://c.test/debian/', '/usr/share/keyrings/k.pgp']), 'trixie')).toBe('deb [signed-by=/usr/share/keyrings/k.pgp] http://c.test/debian/ trixie main');
  });
});
