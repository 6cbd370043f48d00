import { Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import { EXIT } from '../exit-codes.js';
import type { Leaf } from '../leaf.js';
import { CliFailure } from '../problem.js';

export const protectCluster: Leaf<{ reason?: string }> = {
  usage: 'protect <cluster> <on|off>',
  summary: 'Turn termination protection on or off: a protected cluster cannot be deleted',
  examples: ['./holdfast clusters protect shop on', './holdfast clusters protect shop off --reason "moved to the new one"'],
  options: [new Option('--reason <text>', 'why; it goes into the facts')],
  run: async (context, [cluster = '', word = ''], { reason }) => {
    if (word !== 'on' && word !== 'off') {
      throw new CliFailure(EXIT.refused, { title: 'The command is malformed', code: 'malformed-command', detail: `Protection is on or off, not ${JSON.stringify(word)}.` });
    }
    const api = new HoldfastApi(context);
    const body = { terminationProtection: word === 'on', ...(reason === undefined ? {} : { reason }) };
    const view = await api.answer(api.http.PUT('/v1/clusters/{cluster}/settings', { params: { path: { cluster } }, body }));
    context.document(view);
    context.print(`Termination protection of ${cluster} is ${word}.\n`);
  },
};
