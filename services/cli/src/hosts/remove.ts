import { Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import type { Leaf } from '../leaf.js';

export const removeHost: Leaf<{ lost?: boolean; reason?: string }> = {
  usage: 'remove <host>',
  summary: 'Forget a server that serves no node, with its key; nothing is changed on it',
  examples: ['./holdfast hosts remove 203.0.113.5-22', './holdfast hosts remove 203.0.113.5-22 --lost --reason "burnt"'],
  options: [new Option('--lost', 'it is gone for good: give up what is on it, once its node is removed'), new Option('--reason <text>', 'why; it goes into the facts')],
  run: async (context, [host = ''], { lost, reason }) => {
    const api = new HoldfastApi(context);
    await api.answer(api.http.DELETE('/v1/hosts/{host}', { params: { path: { host }, query: { ...(lost === true ? { lost: 'true' as const } : {}), ...(reason === undefined ? {} : { reason }) } } }));
    context.document({ removed: host });
    context.print(`${host} is removed.\n`);
  },
};
