import type { Command } from 'commander';
import { CliFailure } from './problem.js';
import { EXIT } from './exit-codes.js';
import { examplesText, type Running } from './leaf.js';

const TOPICS: Readonly<Record<string, string>> = {
  'exit-codes': `Exit codes
  0    done; with --wait: the operation succeeded
  1    the operation failed or was undone, or something of this machine does not work
  2    the command was refused or is malformed
  3    the operation is stuck and waits for an answer: holdfast operations retry|skip|abort|cancel
  4    the API cannot be reached or cannot serve now: ./holdfast up
  130  interrupted by Ctrl-C; an operation that was accepted goes on
`,
  json: `JSON
  --json prints one JSON document on standard output and nothing else. A failure is printed there too, as
  application/problem+json (title, code, detail, errors, …), and the exit code stays what it is.
  operations watch and logs go on, and print one JSON document a line.
  Times are RFC 3339 UTC, sizes are in bytes, durations in milliseconds, prices in millionths of a US dollar.
`,
  environment: `Environment
  HOLDFAST_HOME              state: machines, keys, logs, the event store's data
  HOLDFAST_TOOLS             programs that up installs
  HOLDFAST_MACHINES          directories of the local provider's machines
  HOLDFAST_API_HOST, HOLDFAST_API_PORT   where the API listens (127.0.0.1, 7400)
  HOLDFAST_API_URL           where this command line finds the API
  HOLDFAST_TOKEN_FILE        file with the token of this command line
  HOLDFAST_EVENT_STORE_URL   a PostgreSQL of your own; HOLDFAST_EVENT_STORE_PORT: port of the embedded one (7403)
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE   a Temporal of your own
  HOLDFAST_TEMPORAL_PORT, HOLDFAST_TEMPORAL_UI_PORT   ports of the embedded one (7401) and of its web UI (7402)
  NO_COLOR, FORCE_COLOR      no colour, colour always; --color and --no-color come first
  CI=true                    nothing is asked before an installation
`,
};

const FIRST_STEPS = [
  './holdfast demo                                  a real 3-node PostgreSQL cluster, promoted under load',
  './holdfast up                                    start the parts on this machine',
  './holdfast clusters deploy shop --engine postgresql --nodes 3',
  './holdfast clusters show shop',
  './holdfast nodes promote pg-3f9a1c --plan-only   what a promotion would do',
];

/** `holdfast help`, `help <topic>`, `help <command>`; the help begins with examples. */
export const addHelpTopics = (program: Command, running: Running): void => {
  program.helpCommand(false);
  program.addHelpText('before', examplesText(FIRST_STEPS));
  program.addHelpText('after', `\nTopics: ${Object.keys(TOPICS).map((topic) => `holdfast help ${topic}`).join(', ')}`);
  program
    .command('help [words...]')
    .summary('help on a command or a topic')
    .description(`Help on a command or a topic: ${Object.keys(TOPICS).join(', ')}.`)
    .action((words: string[]) => {
      const topic = TOPICS[words.join(' ')];
      if (topic !== undefined) running.streams.out.write(topic);
      else findCommand(program, words).outputHelp();
    });
};

const findCommand = (program: Command, words: readonly string[]): Command =>
  words.reduce((parent, word) => {
    const found = parent.commands.find((command) => command.name() === word);
    if (found !== undefined) return found;
    throw new CliFailure(EXIT.refused, { title: 'No such command', code: 'unknown-command', detail: `There is no command or topic ${word}.` }, 'See: ./holdfast help');
  }, program);
