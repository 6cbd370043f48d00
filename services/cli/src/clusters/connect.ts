import { Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import type { Leaf } from '../leaf.js';
import { escapeLine } from '../output/escape.js';
import { clientCommand } from './client-command.js';

export const connectCluster: Leaf<{ readOnly?: boolean }> = {
  usage: 'connect <cluster>',
  summary: 'Print the URL with which clients connect, its password included; that it was shown becomes a fact',
  examples: [
    'psql "$(./holdfast clusters connect shop)"',
    'valkey-cli -u "$(./holdfast clusters connect cache)"',
    './holdfast clusters connect shop --read-only',
    './holdfast clusters connect shop --json',
  ],
  options: [new Option('--read-only', 'the address that spreads over replicas')],
  run: async (context, [cluster = ''], { readOnly }) => {
    const api = new HoldfastApi(context);
    const credentials = await api.answer(api.http.GET('/v1/clusters/{cluster}/credentials', { params: { path: { cluster } } }));
    const { engine, user, password, database } = credentials;
    const { seeds } = credentials;
    const { url, host, port } = readOnly === true ? credentials.readOnly : credentials.readWrite;
    context.document({ engine, url, host, port, user, password, ...(database === undefined ? {} : { database }), ...(seeds === undefined ? {} : { seeds }) });
    context.print(`${escapeLine(url)}\n`);
    if (context.atTerminal) context.say(`Next: ${clientCommand({ engine, host, port, user, sharded: seeds !== undefined, ...(database === undefined ? {} : { database }) }, cluster)}`);
  },
};
