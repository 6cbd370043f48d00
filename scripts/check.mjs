// `npm run check`: everything about the code that needs no server. Runs every part, also after one has failed, and ends non-zero
// when one did. `npm run check -- types lint` runs only those parts; `--report FILE` writes what came out as JSON.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeProgram, root, runLimited, seconds } from './lib/run-limited.mjs';

const node = nodeProgram();
const bin = (path) => join(root, 'node_modules', path);
const jest = [node, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning', bin('jest/bin/jest.js'), '--selectProjects=unit'];
const FULL = JSON.stringify({ global: { branches: 100, functions: 100, lines: 100, statements: 100 } });
const MINUTE = 60_000;

/** A part is one or more commands, run until one fails. */
const PARTS = [
  {
    name: 'types',
    commands: [
      [node, 'scripts/build.mjs', 'domain', 'workflows', 'activities', 'infra', 'api', 'worker', 'projector', 'cli'],
      [node, 'scripts/build.mjs', 'test'],
    ],
  },
  { name: 'lint', commands: [[node, bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0']] },
  {
    name: 'imports',
    commands: [
      [node, bin('dependency-cruiser/bin/dependency-cruiser.mjs'), 'domain', 'workflows', 'activities', 'infra', 'services', '--config', '.dependency-cruiser.cjs'],
    ],
  },
  { name: 'workflow-bundle', commands: [[node, 'scripts/bundle-workflows.mjs']] },
  { name: 'tidy', commands: [[...jest, '--testPathPatterns', 'test/tidy\\.test', '--silent']] },
  {
    name: 'domain-coverage',
    commands: [
      [
        ...jest,
        ...['--testPathPatterns', 'domain/src', '--coverage', '--coverageReporters', 'text', '--coverageThreshold', FULL],
        ...['--collectCoverageFrom', 'domain/src/**/*.ts', '--collectCoverageFrom', '!**/*.test.ts', '--collectCoverageFrom', '!**/*.test-support.ts'],
      ],
    ],
  },
  { name: 'generated-files', commands: [[node, 'scripts/check-generated.mjs']] },
];

const argv = process.argv.slice(2);
const reportAt = argv.indexOf('--report');
const reportFile = reportAt === -1 ? undefined : argv.splice(reportAt, 2)[1];
const unknown = argv.filter((name) => !PARTS.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. Parts: ${PARTS.map((part) => part.name).join(', ')}.`);
  process.exit(2);
}

const logs = join(root, 'tmp', 'check');
mkdirSync(logs, { recursive: true });

const run = async (part) => {
  let durationMs = 0;
  for (const [index, command] of part.commands.entries()) {
    const result = await runLimited(command, { timeoutMs: 5 * MINUTE, logFile: join(logs, `${part.name}-${index + 1}.log`) });
    durationMs += result.durationMs;
    if (result.timedOut) return { name: part.name, ok: false, durationMs, output: `${result.output}\nIt took longer than 5 minutes and was ended.` };
    if (result.exitCode !== 0) return { name: part.name, ok: false, durationMs, output: result.output };
  }
  return { name: part.name, ok: true, durationMs, output: '' };
};

const tail = (output) => output.trimEnd().split('\n').slice(-80);

const results = [];
for (const part of PARTS.filter(({ name }) => argv.length === 0 || argv.includes(name))) {
  const result = await run(part);
  results.push(result);
  console.log(`${result.ok ? 'ok    ' : 'FAILED'} ${result.name.padEnd(16)} ${seconds(result.durationMs)}`);
  if (!result.ok) console.log(tail(result.output).map((line) => `       | ${line}`).join('\n'));
}
if (reportFile !== undefined) writeFileSync(reportFile, JSON.stringify(results.map(({ output, ...result }) => ({ ...result, tail: tail(output) }))));
const failed = results.filter((result) => !result.ok).map((result) => result.name);
console.log(failed.length === 0 ? `All ${results.length} parts are well.` : `Failed: ${failed.join(', ')}. Whole output: tmp/check/.`);
process.exit(failed.length === 0 ? 0 : 1);
