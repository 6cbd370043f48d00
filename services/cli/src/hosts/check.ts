import { Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Leaf } from '../leaf.js';
import { sayFindings } from './columns.js';

export const checkHost: Leaf<{ acceptKey?: string; reason?: string }> = {
  usage: 'check <host>',
  summary: 'Look at a server and say what is wrong with it',
  examples: ['./holdfast hosts check 203.0.113.5-22', './holdfast hosts check 203.0.113.5-22 --accept-key SHA256:…'],
  options: [
    new Option('--accept-key <fingerprint>', 'the host key, as you read it on the server itself, in place of the one that was pinned'),
    new Option('--reason <text>', 'why; it goes into the facts'),
  ],
  run: async (context, [host = ''], options): Promise<ExitCode> => {
    const api = new HoldfastApi(context);
    const found = await api.answer(api.http.POST('/v1/hosts/{host}/check', { params: { path: { host } }, body: { acceptKey: options.acceptKey, reason: options.reason } }));
    context.document(found);
    sayFindings(context, found);
    return found.problems.length === 0 ? EXIT.ok : EXIT.failed;
  },
};
