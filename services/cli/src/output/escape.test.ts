import { describe, expect, it } from '@jest/globals';
import { escapeLine, escapeLines, toSafeJson } from './escape.js';
import { renderTable } from './table.js';

const HOSTILE = 'a\u001b]0;owned\u0007b\u001b[2Jc\rd\u009bHe\u202ef\n';

describe('what strangers wrote', () => {
  it('cannot move the cursor, set a title, or turn the text', () => {
    expect(escapeLine(HOSTILE)).toBe('a\\x1b]0;owned\\x07b\\x1b[2Jc\\x0dd\\x9bHe\\u202ef\\n');
    expect(escapeLines(`x\ty\n${HOSTILE}`)).toBe('x\ty\na\\x1b]0;owned\\x07b\\x1b[2Jc\\x0dd\\x9bHe\\u202ef\n');
  });
  it('stays the same document in JSON', () => {
    const text = toSafeJson({ name: HOSTILE });
    expect(JSON.parse(text)).toEqual({ name: HOSTILE });
    // eslint-disable-next-line no-control-regex -- they are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
  it('leaves letters of every script alone', () => {
    expect(escapeLine('Zürich 東京 עברית 🐘')).toBe('Zürich 東京 עברית 🐘');
  });
});

describe('a table', () => {
  const columns = [
    { header: 'name', cell: (row: { name: string; lag?: number }) => row.name },
    { header: 'lag', cell: (row: { name: string; lag?: number }) => row.lag, paint: (text: string) => `<${text}>` },
  ];
  const rows = [{ name: 'pg-1', lag: 0 }, { name: 'a\tb\n' }];
  it('has aligned columns and a header in a terminal', () => {
    expect(renderTable(rows, columns, { terminal: true, headers: true })).toBe('NAME    LAG\npg-1    <0  >\na\\tb\\n  <-  >\n');
    expect(renderTable(rows, columns, { terminal: true, headers: false })).toBe('pg-1    <0>\na\\tb\\n  <->\n');
  });
  it('is tab-separated for programs, one line a row, whatever the cells hold', () => {
    expect(renderTable(rows, columns, { terminal: false, headers: true })).toBe('pg-1\t0\na\\tb\\n\t-\n');
  });
});
