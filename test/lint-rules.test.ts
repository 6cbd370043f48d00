// The lint rules that keep pure code pure are shown biting: on a source that stands in each of the pure folders, and in one that is not.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from './tidy/repository-files.js';

const OFFENCES: readonly (readonly [rule: string, what: string, source: string])[] = [
  ['no-restricted-properties', 'the clock', 'export const o = (): number => Date.now();'],
  ['no-restricted-syntax', 'the clock by another way', 'export const o = (): Date => new Date();'],
  ['no-restricted-properties', 'randomness', 'export const o = (): number => Math.random();'],
  ['no-restricted-globals', 'the process', 'export const o = (): number => process.pid;'],
  ['no-restricted-globals', 'Buffer', "export const o = (): number => Buffer.from('').length;"],
  ['no-restricted-globals', 'a timer', 'export const o = (): unknown => setTimeout(() => 1, 1);'],
];
const EVERYWHERE: readonly (readonly [rule: string, what: string, source: string])[] = [
  ['no-restricted-syntax', 'a swallowed error', 'export const o = (f: () => number): void => { try { f(); } catch { /* gone */ } };'],
  ['@typescript-eslint/no-floating-promises', 'a promise nobody waits for', 'export const o = (): void => { Promise.resolve(1); };'],
  ['@typescript-eslint/no-explicit-any', 'any', 'export const o = (x: any): number => Number(x);'],
  ['@typescript-eslint/consistent-type-imports', 'a type imported as a value', "import { T } from './t.js'; export const o = (t: T): T => t;"],
  ['no-restricted-exports', 'a default export', 'const o = 1; export default o;'],
];
const FOLDERS = ['domain/src', 'workflows/src', 'infra/src'];
const PURE = ['domain/src', 'workflows/src'];

let folder: string;
let found: Map<string, string[]>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint-rules-'));
  for (const name of ['eslint.config.mjs', 'tsconfig.eslint.json', 'tsconfig.base.json', 'package.json']) copyFileSync(join(repository, name), join(folder, name));
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  for (const place of FOLDERS) {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, place, 't.ts'), 'export interface T { a: number }\n');
    [...OFFENCES, ...EVERYWHERE].forEach(([, , source], index) => writeFileSync(join(folder, place, `o${index}.ts`), `${source}\n`));
  }
  const program = join(repository, 'node_modules/eslint/bin/eslint.js');
  const answer = spawnSync(process.execPath, [program, '.', '--format', 'json'], { cwd: folder, encoding: 'utf8', timeout: 240_000, maxBuffer: 64 * 1024 * 1024 });
  if (!answer.stdout.startsWith('[')) throw new Error(`eslint gave no answer: ${answer.stderr}`);
  const files = JSON.parse(answer.stdout) as { filePath: string; messages: { ruleId: string }[] }[];
  found = new Map(files.map((file) => [file.filePath.slice(folder.length + 1), file.messages.map((message) => message.ruleId)]));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rulesAt = (place: string, index: number): string[] => found.get(`${place}/o${index}.ts`) ?? ['not linted'];

describe.each(PURE)('in %s', (place) => {
  it.each(OFFENCES.map(([rule, what], index) => [rule, what, index] as const))('%s catches %s', (rule, _, index) => {
    expect(rulesAt(place, index)).toEqual([rule]);
  });
});
describe('in infra/src, which may have effects', () => {
  it.each(OFFENCES.map(([rule, what], index) => [rule, what, index] as const))('%s lets %s pass', (_rule, _what, index) => {
    expect(rulesAt('infra/src', index)).toEqual([]);
  });
});
describe.each(FOLDERS)('in %s as everywhere', (place) => {
  it.each(EVERYWHERE.map(([rule, what], index) => [rule, what, OFFENCES.length + index] as const))('%s catches %s', (rule, _, index) => {
    expect(rulesAt(place, index)).toEqual([rule]);
  });
});
