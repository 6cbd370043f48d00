import { Option } from 'commander';
import { ensureTools, missingTools } from '@holdfast/infra/toolchain';
import { agree } from '../ask.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import type { Leaf } from '../leaf.js';
import { CliFailure } from '../problem.js';
import { ensureAdminToken } from '../stack/admin-token.js';
import { stackPlaces } from '../stack/stack-places.js';

export const installCommand: Leaf<{ token?: boolean }> = {
  usage: 'install',
  summary: 'Install the programs that are missing, and start nothing',
  examples: ['./holdfast install', './holdfast install --yes'],
  options: [new Option('--token', "also make the first administrator's token; the event store must answer")],
  run: async (context, _args, { token }) => {
    const places = stackPlaces(context.env, context.repository);
    await installTools(context, places.tools);
    if (token === true) await ensureAdminToken(places);
    context.document({ tools: places.tools });
    context.print(`Everything is installed: ${places.tools}\n`);
  },
};

/** Asks a person first. Throws ToolInstallFailed. */
export const installTools = async (context: CliContext, tools: string): Promise<void> => {
  const missing = missingTools(tools);
  if (missing.length === 0) return;
  if (!(await agree(context, `To be installed: ${missing.join('; ')}. Go on?`))) {
    throw new CliFailure(EXIT.failed, { title: 'Nothing was installed', code: 'not-confirmed', detail: 'Nothing was installed.' });
  }
  await ensureTools(tools, context.say);
};
