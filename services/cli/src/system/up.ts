import { resolveHome } from '@holdfast/infra/configuration';
import type { CliContext } from '../context.js';
import type { Leaf } from '../leaf.js';
import { ensureAdminToken } from '../stack/admin-token.js';
import { startMachines } from '../stack/machines.js';
import { Stack } from '../stack/stack.js';
import { installTools } from './install.js';

export const upCommand: Leaf<object> = {
  usage: 'up',
  summary: 'Start the parts on this machine, and install what is missing',
  examples: ['./holdfast up', './holdfast up --yes', 'HOLDFAST_API_PORT=8400 ./holdfast up'],
  run: async (context) => {
    const stack = await bringUp(context);
    context.document({ home: stack.places.home, parts: await stack.status(), ...addresses(stack) });
    tellAddresses(context, stack);
  },
};

/** Everything that `up` does but its last words. May be repeated: what runs is left alone, what died is started. */
export const bringUp = async (context: CliContext): Promise<Stack> => {
  const stack = new Stack(context.env, context.repository, context.say);
  const { places } = stack;
  const { home, moved } = resolveHome(context.repository);
  if (moved !== undefined && places.home === home) context.say(moved);
  await installTools(context, places.tools);
  await stack.start();
  const machines = await startMachines(places);
  if (machines > 0) context.say(`${machines} machines of clusters: started where they did not run`);
  await ensureAdminToken(places);
  return stack;
};

const addresses = ({ places }: Stack): Record<string, string> => ({
  api: places.configuration.api.url,
  apiPages: `${places.configuration.api.url}/docs`,
  ...(places.elsewhere.temporal ? {} : { temporalUi: `http://127.0.0.1:${places.ports.temporalUi}` }),
  tokenFile: places.configuration.tokenFile,
});

const tellAddresses = (context: CliContext, stack: Stack): void => {
  const { api, apiPages, temporalUi, tokenFile } = addresses(stack);
  context.print(
    [
      `API          ${api}`,
      `API's pages  ${apiPages}`,
      ...(temporalUi === undefined ? [] : [`Temporal     ${temporalUi}`]),
      `Token        ${tokenFile} (of the first administrator)`,
      '',
      'Next: ./holdfast clusters deploy shop --engine postgresql --nodes 3   or   ./holdfast demo',
      '',
    ].join('\n'),
  );
};
