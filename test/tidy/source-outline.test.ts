import { describe, expect, it } from '@jest/globals';
import { declaredNames, functionLengths } from './source-outline.js';

const file = (...lines: string[]): { path: string; text: string } => ({ path: 'a.ts', text: lines.join('\n') });

describe('the outline of a source', () => {
  it('measures functions by the name they are given, wherever they stand', () => {
    const source = file(
      'export const one = () => 1;',
      'function three() {',
      '  return [1].map((x) => x);',
      '}',
      'class Thing {',
      '  constructor() {',
      '  }',
      '  method() {',
      '    return 1;',
      '  }',
      '}',
      'const object = { inside: () => {',
      '  return 2;',
      '} };',
    );
    expect(functionLengths(source)).toEqual([
      { key: 'a.ts#one', lines: 1 },
      { key: 'a.ts#three', lines: 3 },
      { key: 'a.ts#constructor', lines: 2 },
      { key: 'a.ts#method', lines: 3 },
      { key: 'a.ts#inside', lines: 3 },
    ]);
  });
  it('lists the names that a file gives, not those it imports or uses', () => {
    const source = file("import { Borrowed } from 'x';", 'export class Made { field = 1; method(argument: number) { return Borrowed.used(argument); } }', 'const value = 1;');
    expect(declaredNames(source).sort()).toEqual(['Made', 'argument', 'field', 'method', 'value']);
  });
});
