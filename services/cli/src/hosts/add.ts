import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
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

export const addHost: Leaf<AddOptions> = {
  usage: 'add <address>',
  summary: 'Add a server of yours, and check it; its private key is kept encrypted',
  examples: ['./holdfast hosts add 203.0.113.5 --key ~/.ssh/holdfast', './holdfast hosts add db1.example.com --user admin --port 2222 --key ./key --json'],
  options: [
    new Option('--key <file>', 'the private key that lets Holdfast in, without a passphrase').makeOptionMandatory(),
    new Option('--user <name>', 'account; root by default, another must be able to sudo without a password'),
    new Option('--port <number>', 'of its SSH server; 22 by default'),
    new Option('--reason <text>', 'why; it goes into the facts'),
  ],
  run: async (context, [address = ''], { key, user, port, reason }): Promise<ExitCode> => {
    const api = new HoldfastApi(context);
    const body = {
      ...{ address, privateKey: readKey(key) },
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

const readKey = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliFailure(EXIT.refused, { title: 'The key cannot be read', code: 'unreadable-key', detail: error instanceof Error ? error.message : String(error) });
  }
};
