import { join } from 'node:path';
import type { Command } from 'commander';
import { runProgram } from '@holdfast/infra/toolchain';
import { EXIT } from '../exit-codes.js';
import { addLeaf, type Leaf, type Running } from '../leaf.js';
import { showDuration } from '../output/amounts.js';
import { CliFailure } from '../problem.js';
import { stackPlaces } from '../stack/stack-places.js';

const LIMIT_MS = 3_600_000;

interface RebuildResult {
  readonly readModels: readonly string[];
  readonly durationMs: number;
}

const rebuild: Leaf<object> = {
  usage: 'rebuild',
  summary: 'Make all read models anew from the facts, beside the live ones, and swap them in',
  examples: ['./holdfast projections rebuild', './holdfast projections rebuild --json'],
  run: async (context) => {
    const { repository, env } = stackPlaces(context.env, context.repository);
    const program = join(repository, 'services', 'projector', 'dist', 'main.js');
    const { exitCode, text } = await runProgram([process.execPath, '--disable-warning=ExperimentalWarning', program, 'rebuild'], { timeoutMs: LIMIT_MS, env: defined(env) });
    const result = exitCode === 0 ? lastDocument(text) : undefined;
    if (result === undefined) {
      throw new CliFailure(EXIT.failed, { title: 'The rebuild failed', code: 'rebuild-failed', detail: text.trim() }, 'The live read models are as they were. See: ./holdfast status');
    }
    context.document(result);
    context.print(`${result.readModels.length} read models were rebuilt in ${showDuration(result.durationMs)}: ${result.readModels.join(', ')}\n`);
  },
};

const defined = (env: NodeJS.ProcessEnv): Record<string, string> => Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** What the projector prints at its end. */
const lastDocument = (text: string): RebuildResult | undefined => {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line.startsWith('{"readModels"') ? (JSON.parse(line) as RebuildResult) : undefined;
};

export const addProjectionCommands = (program: Command, running: Running): void => {
  const noun = program.command('projections').summary('Read models made from the facts').description('Read models made from the facts.');
  addLeaf(noun, running, rebuild);
};
