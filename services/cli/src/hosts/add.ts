import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Leaf } from '../leaf.js';
import { CliFailure } from '../problem.js';
import { sayFindings } from './columns.js';

interface AddOptions {
  readonly user?: string;
  readonly port?: string;
  readonly key: string;
  readonly reason?: string;
}

/** An RSA key of 16384 bits takes about 13 kB. */
const KEY_CHARACTERS_MAX = 20_000;

export const addHost: Leaf<AddOptions> = {
  usage: 'add <address>',
  summary: 'Add a server of yours, and check it; its private key is kept encrypted',
  examples: ['./holdfast hosts add 203.0.113.5 --key ~/.ssh/holdfast', './holdfast hosts add db1.example.com --user admin --port 2222 --key - --json < ./key'],
  options: [
    new Option('--key <file>', 'the private key that lets Holdfast in, without a passphrase; - reads it from standard input').makeOptionMandatory(),
    new Option('--user <name>', 'account; root by default, another must be able to sudo without a password'),
    new Option('--port <number>', 'of its SSH server; 22 by default'),
    new Option('--reason <text>', 'why; it goes into the facts'),
  ],
  run: async (context, [address = ''], { key, user, port, reason }): Promise<ExitCode> => {
    const api = new HoldfastApi(context);
    const body = {
      ...{ address, privateKey: await readKey(context, key) },
      ...(user === undefined ? {} : { user }),
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(reason === undefined ? {} : { reason }),
    };
    const added = await api.answer(api.http.POST('/v1/hosts', { body }));
    const host = await api.answer(api.http.POST('/v1/hosts/{host}/check', { params: { path: { host: added.id } }, body: {} }));
    context.document(host);
    sayFindings(context, host);
    return host.problems.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

/** From a file or standard input, never from an argument: others on this computer see those. */
const readKey = async (context: CliContext, file: string): Promise<string> => {
  if (file === '-') return readInput(context);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // The system's own words name the file, which is the key itself where somebody gave that.
    const why = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'no reason was given';
    throw unreadable(`No file that can be read is where --key says (${why}).`);
  }
};

const readInput = async ({ streams }: CliContext): Promise<string> => {
  if (streams.in.isTTY === true) throw unreadable('Standard input is a terminal, which would show the key. Lead a file there: --key - < FILE, or name it: --key FILE.');
  let text = '';
  for await (const piece of streams.in) {
    text += String(piece);
    if (text.length > KEY_CHARACTERS_MAX) throw unreadable('Standard input is longer than any private key.');
  }
  return text;
};

const unreadable = (detail: string): CliFailure => new CliFailure(EXIT.refused, { title: 'The key cannot be read', code: 'unreadable-key', detail });
