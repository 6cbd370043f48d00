import { Option } from 'commander';
import type { Leaf } from '../leaf.js';
import { stopMachines } from '../stack/machines.js';
import { Stack } from '../stack/stack.js';

export const downCommand: Leaf<{ clusters?: boolean }> = {
  usage: 'down',
  summary: 'Stop the parts; clusters go on unless --clusters',
  examples: ['./holdfast down', './holdfast down --clusters'],
  options: [new Option('--clusters', 'stop the machines of clusters too; `up` starts them again, with their data')],
  run: async (context, _args, options) => {
    const stack = new Stack(context.env, context.repository, context.say);
    await stack.stop();
    if (options.clusters === true) {
      const machines = await stopMachines(stack.places);
      context.say(`${machines} machines of clusters stopped`);
    }
    context.document({ parts: await stack.status() });
    context.print('Next: ./holdfast up\n');
  },
};
