import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureTools } from '@holdfast/infra/toolchain';
import { toolsDirectory } from '../support/event-store-server.js';
import { REPOSITORY_ROOT } from '../support/repository-root.js';
import { accept } from './accept.js';
import { addNode } from './add-node.js';
import { append } from './append.js';
import { removeAll, type Benchmark } from './benchmark.js';
import { deploy } from './deploy.js';
import { renderTable, type Figure } from './figures.js';
import { docker } from './docker.js';
import { describeMachine, machineFacts, type MachineFacts } from './machine-facts.js';
import { promote } from './promote.js';
import { replay } from './replay.js';
import { resharding } from './resharding.js';
import { stepOverhead } from './step-overhead.js';
import { switchover } from './switchover.js';

const BENCHMARKS: readonly Benchmark[] = [append, replay, stepOverhead, accept, deploy, addNode, promote, switchover, resharding, docker];

interface Outcome {
  readonly bench: string;
  readonly durationMs: number;
  readonly figures: readonly Figure[];
  /** Why it could not run. */
  readonly problem?: string;
}

/** As a shell tells a program that Ctrl-C ended. */
const INTERRUPTED = 130;

const say = (line: string): void => console.error(line);

/** Ends 1 when a benchmark could not run, 2 for a name that is none; never for a goal that was missed: timings are not tests. */
const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' }, runs: { type: 'string' }, yes: { type: 'boolean' } } });
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  const unknown = positionals.filter((name) => !BENCHMARKS.some((bench) => bench.name === name));
  if (unknown.length > 0 || (runs !== undefined && !(Number.isInteger(runs) && runs >= 1))) {
    say(unknown.length > 0 ? `There is no benchmark ${unknown.join(', ')}.` : '--runs is a whole number from 1.');
    say(['Benchmarks:', ...BENCHMARKS.map((bench) => `  ${bench.name.padEnd(14)} ${bench.measures}`)].join('\n'));
    return 2;
  }
  await ensureTools(toolsDirectory(), say);
  const begun = new Date();
  const machine = machineFacts();
  console.log(`${describeMachine(machine)}\n`);
  const outcomes: Outcome[] = [];
  for (const bench of BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) outcomes.push(await run(bench, runs));
  const file = values.json ?? join(REPOSITORY_ROOT, 'tmp', 'bench', `${begun.toISOString().replaceAll(':', '-')}.json`);
  report(outcomes, file, begun, machine);
  return outcomes.some((outcome) => outcome.problem !== undefined) ? 1 : 0;
};

const run = async (bench: Benchmark, runs: number | undefined): Promise<Outcome> => {
  say(`── ${bench.name}: ${bench.measures}`);
  const start = performance.now();
  const lasted = (): number => Math.round(performance.now() - start);
  try {
    const figures = await bench.run({ runs, say: (line) => say(`   ${line}`) });
    return { bench: bench.name, durationMs: lasted(), figures };
  } catch (problem) {
    const text = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
    say(`   could not run: ${text}`);
    return { bench: bench.name, durationMs: lasted(), figures: [], problem: text };
  }
};

const report = (outcomes: readonly Outcome[], file: string, begun: Date, machine: MachineFacts): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ at: begun.toISOString(), machine, outcomes }, undefined, 2)}\n`);
  console.log(renderTable(outcomes.flatMap((outcome) => outcome.figures)));
  for (const { bench, problem } of outcomes) if (problem !== undefined) console.log(`${bench} could not run: ${problem.split('\n')[0]}`);
  console.log(`\nAll runs: ${file}`);
};

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say('Interrupted: servers and files are removed …');
    removeAll().then(
      () => process.exit(INTERRUPTED),
      (problem: unknown) => {
        say(String(problem));
        process.exit(INTERRUPTED);
      },
    );
  });
}

process.exitCode = await main();
