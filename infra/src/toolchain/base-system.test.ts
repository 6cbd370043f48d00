import { describe, expect, it } from '@jest/globals';
import { baseSystem } from './base-system.js';

const stanza = (name: string, lines: readonly string[] = [], status = 'install ok installed'): string =>
  [`Package: ${name}`, `Status: ${status}`, ...lines, 'Description: something', ' with a second line', ''].join('\n');

describe('what every Debian system has', () => {
  const names = (text: string): string[] => [...text.matchAll(/^Package: (.*)$/gm)].map((match) => match[1] ?? '').sort();

  it('is what is essential or required, and all that it needs', () => {
    const status = [
      stanza('bash', ['Essential: yes', 'Pre-Depends: libc6 (>= 2.36), libtinfo6 (>= 6)', 'Depends: base-files (>= 2.1.12), debianutils:any (>= 5.6-0.1) | other']),
      stanza('passwd', ['Priority: required', 'Depends: awk']),
      stanza('mawk', ['Provides: awk (= 2), another']),
      stanza('libc6', ['Depends: libgcc-s1']),
      ...['libgcc-s1', 'libtinfo6', 'base-files', 'debianutils'].map((name) => stanza(name)),
      stanza('libwrap0', ['Priority: optional', 'Depends: libc6']),
      stanza('nginx', ['Priority: optional', 'Depends: libwrap0']),
    ].join('\n');
    expect(names(baseSystem(status))).toEqual(['base-files', 'bash', 'debianutils', 'libc6', 'libgcc-s1', 'libtinfo6', 'mawk', 'passwd']);
  });
  it('leaves out what was removed, and keeps the rest of each entry', () => {
    const text = baseSystem([stanza('dash', ['Essential: yes', 'Depends: gone']), stanza('gone', ['Essential: yes'], 'deinstall ok config-files')].join('\n'));
    expect(text).toBe(`${stanza('dash', ['Essential: yes', 'Depends: gone'])}\n`);
  });
  it('is empty for nothing', () => {
    expect(baseSystem('')).toBe('');
  });
});
