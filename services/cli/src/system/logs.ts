import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError, Option } from 'commander';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import type { Leaf } from '../leaf.js';
import { escapeLine } from '../output/escape.js';
import { CliFailure } from '../problem.js';
import { readFrom, tailLog } from '../stack/log-file.js';
import { PART_NAMES, type PartName } from '../stack/part.js';
import { Stack } from '../stack/stack.js';

const FOLLOW_MS = 300;
const LINES_DEFAULT = 100;

const lineCount = (text: string): number => {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError('It is a whole number.');
  return count;
};

export const logsCommand: Leaf<{ follow?: boolean; lines: number }> = {
  usage: 'logs [part]',
  summary: `Show the logs of a part (${PART_NAMES.join(', ')}) or of all`,
  examples: ['./holdfast logs api', './holdfast logs worker --follow', './holdfast logs --lines 20'],
  options: [
    new Option('-f, --follow', 'go on with what is written from now on'),
    new Option('--lines <count>', 'how many of the newest lines').default(LINES_DEFAULT).argParser(lineCount),
  ],
  run: async (context, [part], options) => {
    const parts = part === undefined ? PART_NAMES : [partNamed(part)];
    const { home } = new Stack(context.env, context.repository).places;
    const logs = parts.map((name) => ({ name, file: join(home, 'log', `${name}.log`) }));
    const offsets = new Map(logs.map(({ file }) => [file, existsSync(file) ? statSync(file).size : 0]));
    for (const { name, file } of logs) printLines(context, name, tailLog(file, options.lines), parts.length > 1);
    while (options.follow === true) {
      await delay(FOLLOW_MS);
      for (const { name, file } of logs) if (existsSync(file)) follow(context, name, file, offsets, parts.length > 1);
    }
  },
};

const partNamed = (text: string): PartName => {
  const part = PART_NAMES.find((name) => name === text);
  if (part !== undefined) return part;
  throw new CliFailure(EXIT.refused, { title: 'No such part', code: 'unknown-part', detail: `There is no part ${text}. Parts: ${PART_NAMES.join(', ')}.` });
};

/** Whole lines only: the rest of one that is still being written comes with the next look. */
const follow = (context: CliContext, name: PartName, file: string, offsets: Map<string, number>, prefixed: boolean): void => {
  const { text, offset } = readFrom(file, offsets.get(file) ?? 0);
  const end = text.lastIndexOf('\n') + 1;
  offsets.set(file, offset - Buffer.byteLength(text.slice(end)));
  if (end > 0) printLines(context, name, text.slice(0, end - 1).split('\n'), prefixed);
};

const printLines = (context: CliContext, part: PartName, lines: readonly string[], prefixed: boolean): void => {
  for (const line of lines) {
    context.documentLine({ part, line });
    context.print(`${prefixed ? `${part.padEnd(11)} | ` : ''}${escapeLine(line)}\n`);
  }
};
