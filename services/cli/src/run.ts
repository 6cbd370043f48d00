import { Command, CommanderError } from 'commander';
import type { Streams } from './context.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Running } from './leaf.js';
import { addCommands } from './program.js';
import { reportFailure, toFailure } from './report-failure.js';
import { CliFailure } from './problem.js';

/**
 * Runs one command line and answers its exit code; never throws. With `--json` among the arguments standard output gets one
 * document, also for a failure.
 */
export const run = async (argv: readonly string[], streams: Streams): Promise<ExitCode> => {
  const json = argv.includes('--json');
  const running: Running = { streams, exitCode: EXIT.ok };
  const complaints: string[] = [];
  const program = new Command('holdfast')
    .description('Holdfast deploys and operates database clusters: durable operations, explained facts.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => streams.out.write(text), writeErr: (text) => complaints.push(text) })
    .showSuggestionAfterError(true);
  addCommands(program, running);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return running.exitCode;
  } catch (thrown) {
    const failure = thrown instanceof CommanderError ? fromCommander(thrown, complaints) : toFailure(thrown);
    if (failure === undefined) return EXIT.ok;
    reportFailure(failure, streams, json);
    return failure.exitCode;
  }
};

/** Help and version are no failures; everything else that commander throws is a malformed command. */
const fromCommander = (error: CommanderError, complaints: readonly string[]): CliFailure | undefined => {
  if (error.exitCode === 0) return undefined;
  const detail = complaints.join('').replace(/^error: /, '').trim();
  return new CliFailure(EXIT.refused, { title: 'The command is malformed', code: 'malformed-command', detail: detail === '(outputHelp)' ? error.message : detail });
};
