import { createInterface } from 'node:readline/promises';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { CliFailure } from './problem.js';

/** The typed line; undefined at the input's end. */
export const askLine = async (context: CliContext, question: string): Promise<string | undefined> => {
  const reader = createInterface({ input: context.streams.in, terminal: false });
  try {
    context.streams.err.write(question);
    for await (const line of reader) return line.trim();
    return undefined;
  } finally {
    reader.close();
  }
};

/** Yes without asking where `--yes`, CI=true, or no person says otherwise. */
export const agree = async (context: CliContext, question: string): Promise<boolean> => {
  if (context.options.yes === true || context.env['CI'] === 'true' || !context.canAsk) return true;
  return ['', 'y', 'yes'].includes(((await askLine(context, `${question} [Y/n] `)) ?? 'n').toLowerCase());
};

/** For what cannot be taken back: only `--yes` or a person's yes counts; without either the command is refused. */
export const insist = async (context: CliContext, question: string): Promise<void> => {
  if (context.options.yes === true) return;
  if (!context.canAsk) {
    throw new CliFailure(EXIT.refused, { title: 'Not confirmed', code: 'confirmation-required', detail: `${question} There is no terminal to ask at: give --yes.` });
  }
  if (((await askLine(context, `${question} [y/N] `)) ?? '').toLowerCase() !== 'y') {
    throw new CliFailure(EXIT.refused, { title: 'Not confirmed', code: 'not-confirmed', detail: 'Nothing was done.' });
  }
};

/** The name of what is touched, typed or given by `--confirm`. Never waits where nobody can answer. */
export const confirmName = async (context: CliContext, what: string, name: string, given: string | undefined): Promise<string> => {
  if (given !== undefined) return given;
  if (!context.canAsk) {
    throw new CliFailure(
      EXIT.refused,
      { title: 'Not confirmed', code: 'confirmation-required', detail: `This asks for the ${what}'s name, and there is no terminal to ask at.` },
      `Give it: --confirm ${name}`,
    );
  }
  const typed = await askLine(context, `Type the ${what}'s name to go on (${name}): `);
  if (typed === name) return typed;
  throw new CliFailure(EXIT.refused, { title: 'Not confirmed', code: 'not-confirmed', detail: `That is not the ${what}'s name. Nothing was done.` });
};
