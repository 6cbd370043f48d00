// The script at the root, in a small checkout of its own: what it installs and builds, when, and what it says when it cannot go on.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../../services/cli/src/repository.js';

jest.setTimeout(300_000);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-script-'));
  copyFileSync(join(REPOSITORY, 'holdfast'), join(root, 'holdfast'));
  chmodSync(join(root, 'holdfast'), 0o755);
  for (const folder of ['domain/src', 'services/cli/dist', 'scripts', 'infra', 'workflows', 'activities']) mkdirSync(join(root, folder), { recursive: true });
  file('package.json', '{ "name": "small", "version": "1.0.0", "private": true }');
  file('package-lock.json', '{ "name": "small", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": { "": { "name": "small", "version": "1.0.0" } } }');
  file('tsconfig.base.json', '{}');
  file('domain/src/rule.ts', '// a rule');
  file('scripts/build.mjs', noting('build', `writeFileSync('services/cli/dist/main.js', "console.log('cli', ...process.argv.slice(2))");`));
  file('scripts/bundle-workflows.mjs', noting('bundle'));
  file('scripts/test.mjs', "console.log('tests', ...process.argv.slice(2));");
  // What was written before the first run must not count as newer than its build.
  for (const path of ['domain/src/rule.ts', 'domain/src', 'scripts/build.mjs', 'scripts/bundle-workflows.mjs', 'tsconfig.base.json']) age(path);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const file = (path: string, content: string): void => writeFileSync(join(root, path), content);
const age = (path: string): void => utimesSync(join(root, path), new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
const noting = (what: string, more = ''): string => `import { appendFileSync, writeFileSync } from 'node:fs'; appendFileSync('done', '${what} '); ${more}`;
const done = (): string => (existsSync(join(root, 'done')) ? readFileSync(join(root, 'done'), 'utf8').trim() : '');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}, program = join(root, 'holdfast')): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(program, [...args], { env: { ...process.env, ...env }, cwd: tmpdir(), timeout: 100_000 }, (problem, stdout, stderr) =>
      resolve({ code: problem === null ? 0 : Number(problem.code), stdout, stderr }),
    );
  });

describe('./holdfast', () => {
  it('installs and builds once, then only what changed', async () => {
    const first = await start(['status', '--json']);
    expect(first).toMatchObject({ code: 0, stdout: 'cli status --json\n' });
    expect(first.stderr).toContain('Installing npm packages: npm install');
    expect(done()).toBe('build bundle');

    expect(await start(['status'])).toEqual({ code: 0, stdout: 'cli status\n', stderr: '' });
    expect(done()).toBe('build bundle');

    file('domain/src/rule.ts', '// another rule');
    expect((await start([])).stderr).toBe('Building …\n');
    expect(done()).toBe('build bundle build bundle');

    file('domain/src/rule.test.ts', '// tests are not part of what runs');
    age('domain/src');
    appendFileSync(join(root, 'package-lock.json'), '\n');
    expect((await start([])).stderr).toContain('Installing npm packages: npm install');
    expect(done()).toBe('build bundle build bundle');
  });

  it('works from elsewhere, through a link, with words that hold blanks', async () => {
    const link = join(root, 'link');
    symlinkSync(join(root, 'holdfast'), link);
    expect(await start(['clusters', 'deploy', 'two words'], {}, link)).toMatchObject({ code: 0, stdout: 'cli clusters deploy two words\n' });
  });

  it('builds once when two are started together', async () => {
    const both = await Promise.all([start(['one']), start(['two'])]);
    expect(both.map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, 'cli one\n'],
      [0, 'cli two\n'],
    ]);
    expect(done()).toBe('build bundle');
  });

  it('says what failed and what to run when the build fails, and keeps trying', async () => {
    file('scripts/build.mjs', "console.error('rule.ts(1,1): no'); process.exit(2);");
    const ended = await start(['up']);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('rule.ts(1,1): no\nholdfast: The build failed');
    expect(ended.stderr).toContain('npm run build');
    expect((await start(['up'])).code).toBe(1);
    expect(await start(['test', 'unit'])).toMatchObject({ code: 0, stdout: 'tests unit\n' });
  });

  it('names a Node that is too old', async () => {
    mkdirSync(join(root, 'bin'));
    file('bin/node', '#!/bin/sh\n[ "$1" = --version ] && echo v18.20.0\n[ "$1" != -e ]\n');
    chmodSync(join(root, 'bin/node'), 0o755);
    const ended = await start(['up'], { PATH: `${join(root, 'bin')}:${process.env['PATH']}` });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('Node.js v18.20.0 is too old; version 20.19 or newer is needed.');
  });
});
