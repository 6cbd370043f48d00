// `./holdfast test` must never call a run good that was not: what it makes of jest's report.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from './tidy/repository-files.js';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly notes: readonly string[];
}
interface Result {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly durationMs: number;
  readonly output: string;
}

let folder: string;
let countJest: (jsonFile: string, result: { exitCode: number | null; timedOut: boolean; limitMs: number; output: string }) => Counts;
let linesWorthShowing: () => (line: string) => boolean;
let runLimited: (argv: string[], options: { timeoutMs: number; logFile: string; onLine?: (line: string) => void }) => Promise<Result>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'test-runner-'));
  ({ countJest, linesWorthShowing } = (await import(join(repository, 'scripts/lib/jest-part.mjs'))) as { countJest: typeof countJest; linesWorthShowing: typeof linesWorthShowing });
  ({ runLimited } = (await import(join(repository, 'scripts/lib/run-limited.mjs'))) as { runLimited: typeof runLimited });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ENDED_WELL = { exitCode: 0, timedOut: false, limitMs: 60_000, output: 'its last words' };
const report = (changes: object): string => {
  const file = join(folder, 'report.json');
  const suite = { name: 'a.test.ts', status: 'passed', message: '', assertionResults: [] };
  const empty = { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0, numPendingTests: 0, numTodoTests: 0, testResults: [suite] };
  writeFileSync(file, JSON.stringify({ ...empty, ...changes }));
  return file;
};

describe('what is made of a report of jest', () => {
  it('counts passed, failed and skipped tests', () => {
    expect(countJest(report({ numPassedTests: 3, numPendingTests: 1, numTodoTests: 1 }), ENDED_WELL)).toEqual({ passed: 3, failed: 0, skipped: 2, notes: [] });
  });
  it('tells the failed ones with the first lines of why', () => {
    const failed = { fullName: 'it holds', status: 'failed', failureMessages: ['Expected 1\nReceived 2'] };
    const testResults = [{ name: 'a.test.ts', status: 'failed', message: '', assertionResults: [failed] }];
    expect(countJest(report({ numPassedTests: 1, numFailedTests: 1, testResults }), { ...ENDED_WELL, exitCode: 1 })).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
      notes: ['it holds\n    Expected 1\n    Received 2'],
    });
  });
  it('counts a suite that could not be run', () => {
    const testResults = [{ name: 'a.test.ts', status: 'failed', message: 'Cannot find module', assertionResults: [] }];
    expect(countJest(report({ numPassedTests: 5, numRuntimeErrorTestSuites: 1, testResults }), { ...ENDED_WELL, exitCode: 1 })).toMatchObject({
      failed: 1,
      notes: ['a.test.ts\n    Cannot find module'],
    });
  });
  it('counts a run that ended badly although every test passed', () => {
    expect(countJest(report({ numPassedTests: 5 }), { ...ENDED_WELL, exitCode: 1 })).toMatchObject({
      passed: 5,
      failed: 1,
      notes: ['Every test passed, but jest ended with 1.\n    its last words'],
    });
  });
  it('counts a run past its limit', () => {
    expect(countJest(report({ numPassedTests: 5 }), { ...ENDED_WELL, exitCode: null, timedOut: true })).toMatchObject({ passed: 5, failed: 1 });
  });
  it('counts a run without tests, and one without a report', () => {
    expect(countJest(report({}), ENDED_WELL)).toMatchObject({ passed: 0, failed: 1 });
    expect(countJest(join(folder, 'not-there.json'), { ...ENDED_WELL, exitCode: 1 })).toMatchObject({ passed: 0, failed: 1 });
  });
});

describe('what is shown while jest runs', () => {
  const shown = (lines: readonly string[]): string[] => lines.filter(linesWorthShowing());
  it('is how each suite ended, and of a failed test its title and first lines', () => {
    const failure = ['  ● a suite › it holds', '', '    Expected 1', '    Received 2'];
    expect(shown(['RUNS a', 'FAIL unit a.test.ts', '  ● Console', '', '    console.log', ...failure, 'PASS unit b.test.ts', '  console.log'])).toEqual([
      'FAIL unit a.test.ts',
      ...failure.filter((line) => line !== ''),
      'PASS unit b.test.ts',
    ]);
  });
  it('is twelve lines of each, and nothing of the summary that repeats them', () => {
    const long = ['  ● one', ...Array.from({ length: 20 }, (_, at) => `    ${at}`)];
    expect(shown(['FAIL unit a.test.ts', ...long, '  ● two', '    0', 'Summary of all failing tests', 'FAIL unit a.test.ts', ...long])).toEqual(['FAIL unit a.test.ts', ...long.slice(0, 12), '  ● two', '    0']);
  });
});

describe('a program with a time limit', () => {
  const logFile = (): string => join(folder, 'log');
  it('is ended with all it started', async () => {
    const argv = [process.execPath, '-e', "const c = require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' }); console.log(c.pid); setInterval(() => 0, 1000)"];
    const result = await runLimited(argv, { timeoutMs: 4000, logFile: logFile() });
    expect(result).toMatchObject({ timedOut: true });
    const pid = result.output.trim();
    expect(pid).toMatch(/^\d+$/);
    // A killed one needs the processor once more to end.
    const state = (): string => spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).stdout.trim();
    for (const deadline = performance.now() + 20_000; !/^(?:Z.*)?$/.test(state()) && performance.now() < deadline; );
    expect(state()).toMatch(/^(?:Z.*)?$/);
  });
  it('answers its exit code and its output, line by line', async () => {
    const lines: string[] = [];
    const argv = [process.execPath, '-e', "console.log('one\\ntwo'); process.stderr.write('three'); process.exitCode = 7"];
    expect(await runLimited(argv, { timeoutMs: 20_000, logFile: logFile(), onLine: (line) => lines.push(line) })).toMatchObject({ exitCode: 7, timedOut: false });
    expect([...lines].sort()).toEqual(['one', 'three', 'two']);
    expect(readFileSync(logFile(), 'utf8')).toContain('two');
  });
});

describe('./holdfast test', () => {
  it('knows its parts', () => {
    const answer = spawnSync(process.execPath, [join(repository, 'scripts/test.mjs'), 'everything'], { encoding: 'utf8' });
    expect(answer.status).toBe(2);
    expect(answer.stderr).toContain('Parts: check, unit, contract, workflow, machines, e2e, chaos.');
  });
});
