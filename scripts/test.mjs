// `./holdfast test [part …]`: runs every part, also after one has failed; the last line is `N passed, N failed`.
// Each part has a time limit. HOLDFAST_TEST_BUDGET_MINUTES bounds all of them together. Whole output: tmp/test/<part>.log.
import { mkdirSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { countJest, linesWorthShowing } from './lib/jest-part.mjs';
import { nodeProgram, root, runLimited, seconds } from './lib/run-limited.mjs';

const MINUTE = 60_000;
const node = nodeProgram();
const begun = performance.now();
const budgetMs = Number(process.env.HOLDFAST_TEST_BUDGET_MINUTES || Infinity) * MINUTE;
const logs = join(root, 'tmp', 'test');

/** In this order: the cheapest first. `inBand`: its tests start whole installations, two at a time would starve each other. */
const PARTS = [
  { name: 'check', limitMs: 12 * MINUTE },
  // check runs the tidy test already.
  { name: 'unit', limitMs: 8 * MINUTE, ignored: 'test/tidy\\.test' },
  { name: 'contract', limitMs: 20 * MINUTE },
  { name: 'workflow', limitMs: 15 * MINUTE },
  // Each has a Docker of its own; two at a time change the same packet filter.
  { name: 'machines', limitMs: 25 * MINUTE, inBand: true },
  { name: 'e2e', limitMs: 20 * MINUTE, inBand: true },
  // Other cells than the day's are asked for by name, and take about half a minute each: the whole takes most of a day.
  { name: 'chaos', limitMs: (process.env.HOLDFAST_CHAOS === undefined ? 25 : 24 * 60) * MINUTE, inBand: true },
];

const jestCommand = (part, jsonFile) => [
  ...[node, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning', join(root, 'node_modules/jest/bin/jest.js')],
  ...[`--selectProjects=${part.name}`, '--ci', '--json', `--outputFile=${jsonFile}`, ...(part.inBand ? ['--runInBand'] : [])],
  ...(part.ignored === undefined ? [] : ['--testPathIgnorePatterns', '/node_modules/', part.ignored]),
];

const countCheck = (reportFile, { timedOut, exitCode }) => {
  const results = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : [];
  const failed = results.filter((result) => !result.ok);
  const lost = results.length === 0 || (exitCode !== 0 && failed.length === 0);
  return {
    passed: results.length - failed.length,
    failed: failed.length + (lost ? 1 : 0),
    skipped: 0,
    notes: [...failed.map((result) => [`check ${result.name}`, ...result.tail.map((line) => `    ${line}`)].join('\n')), ...(lost ? [timedOut ? 'It took too long and was ended.' : `It ended with ${exitCode}.`] : [])],
  };
};

const say = (line) => console.log(line);

const runPart = async (part, env) => {
  const limitMs = Math.min(part.limitMs, budgetMs - (performance.now() - begun));
  if (limitMs < 10_000) return { name: part.name, passed: 0, failed: 1, skipped: 0, durationMs: 0, notes: ['No time was left for it.'] };
  const jsonFile = join(logs, `${part.name}.json`);
  rmSync(jsonFile, { force: true });
  const command = part.name === 'check' ? [node, join(root, 'scripts/check.mjs'), '--report', jsonFile] : jestCommand(part, jsonFile);
  say(`── ${part.name}`);
  const started = performance.now();
  const alive = setInterval(() => say(`   … ${part.name}: ${seconds(performance.now() - started)}`), MINUTE);
  const isShown = part.name === 'check' ? (line) => /^(?:ok|FAILED) /.test(line) : linesWorthShowing();
  const result = await runLimited(command, {
    timeoutMs: limitMs,
    logFile: join(logs, `${part.name}.log`),
    env: { ...env, FORCE_COLOR: '0' },
    onLine: (line) => isShown(line) && say(`   ${line}`),
  });
  clearInterval(alive);
  const counts = part.name === 'check' ? countCheck(jsonFile, result) : countJest(jsonFile, { ...result, limitMs });
  for (const note of counts.notes) say(`   ✗ ${note.replaceAll('\n', '\n   ')}`);
  return { name: part.name, durationMs: result.durationMs, ...counts };
};

/** Compiles what the installer needs, then installs the programs that tests use. Answers the environment that leads to them. */
const prepare = async () => {
  say('── tools');
  const built = await runLimited([node, 'scripts/build.mjs', 'infra'], { timeoutMs: 5 * MINUTE, logFile: join(logs, 'build.log') });
  if (built.exitCode !== 0) throw new Error(`infra could not be compiled:\n${built.output}`);
  const load = (name) => import(pathToFileURL(join(root, 'infra/dist', name, 'index.js')).href);
  const { readConfiguration } = await load('configuration');
  const { ensureTools } = await load('toolchain');
  const { tools } = readConfiguration(process.env, root);
  await ensureTools(tools, (line) => say(`   ${line}`));
  return { HOLDFAST_TOOLS: tools };
};

const names = process.argv.slice(2).filter((argument) => argument !== '--yes');
const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. Parts: ${PARTS.map((part) => part.name).join(', ')}.`);
  process.exit(2);
}
mkdirSync(logs, { recursive: true });

const results = [];
let env = {};
try {
  env = await prepare();
} catch (problem) {
  say(`   ✗ ${problem.message}`);
  results.push({ name: 'tools', passed: 0, failed: 1, skipped: 0, durationMs: performance.now() - begun, notes: [] });
}
for (const part of PARTS.filter(({ name }) => names.length === 0 || names.includes(name))) results.push(await runPart(part, env));

const sum = (key) => results.reduce((total, result) => total + result[key], 0);
say('');
for (const result of results) {
  const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : '';
  say(`${result.name.padEnd(10)} ${`${result.passed} passed, ${result.failed} failed${skipped}`.padEnd(34)} ${seconds(result.durationMs)}`);
}
say(`Took ${seconds(performance.now() - begun)}. Whole output: tmp/test/.`);
say(`${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''}`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
