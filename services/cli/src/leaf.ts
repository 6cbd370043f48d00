import { Option, type Command } from 'commander';
import { CliContext, type CommonOptions, type Streams } from './context.js';
import { EXIT, type ExitCode } from './exit-codes.js';

/** A command that does something: `holdfast <noun> <verb>`. */
export interface Leaf<Options> {
  /** Name and arguments, as commander reads them: `show <cluster>`. */
  readonly usage: string;
  readonly summary: string;
  /** Whole command lines; the help begins with them. */
  readonly examples: readonly string[];
  /** Options besides the common ones. */
  readonly options?: readonly Option[];
  /** Answers the exit code; nothing means 0. */
  run(context: CliContext, args: readonly string[], options: Options & CommonOptions): Promise<ExitCode | void>;
}

/** Where commands are hung up, and what they leave behind. */
export interface Running {
  readonly streams: Streams;
  exitCode: ExitCode;
}

const COMMON_OPTIONS = (): Option[] => [
  new Option('--json', 'print one JSON document on standard output and nothing else'),
  new Option('--no-headers', 'leave the header out of tables'),
  new Option('--color', 'colour even where no person seems to look'),
  new Option('--no-color', 'no colour'),
  new Option('--yes', 'answer yes to questions, except those that ask for a name'),
];

/** Adds the command to its parent. Variadic arguments are flattened. */
export const addLeaf = <Options>(parent: Command, running: Running, leaf: Leaf<Options>): void => {
  const command = parent.command(leaf.usage).summary(leaf.summary).description(leaf.summary);
  for (const option of [...(leaf.options ?? []), ...COMMON_OPTIONS()]) command.addOption(option);
  command.addHelpText('before', examplesText(leaf.examples));
  command.action(async () => {
    const options = command.opts<Options & CommonOptions>();
    const given = command.processedArgs.flat().filter((value) => value !== undefined).map(String);
    running.exitCode = (await leaf.run(new CliContext(running.streams, options), given, options)) ?? EXIT.ok;
  });
};

export const examplesText = (examples: readonly string[]): string => `Examples:\n${examples.map((line) => `  ${line}\n`).join('')}`;
