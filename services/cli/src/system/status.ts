import { Option } from 'commander';
import { EXIT } from '../exit-codes.js';
import type { Leaf } from '../leaf.js';
import type { PartStatus } from '../stack/part.js';
import { Stack } from '../stack/stack.js';

export const statusCommand: Leaf<{ exitStatus?: boolean }> = {
  usage: 'status',
  summary: 'List the parts: state, process, address',
  examples: ['./holdfast status', './holdfast status --json', './holdfast status --exit-status && echo all run'],
  options: [new Option('--exit-status', 'end with 1 unless every part runs')],
  run: async (context, _args, options) => {
    const stack = new Stack(context.env, context.repository);
    const parts = await stack.status();
    context.rows<PartStatus>(
      parts,
      [
        { header: 'name', cell: (part) => part.name },
        { header: 'state', cell: (part) => part.state, paint: (text, part) => context.paint(isUp(part) ? 'green' : 'red', text) },
        { header: 'pid', cell: (part) => part.pid },
        { header: 'address', cell: (part) => part.address },
      ],
      { home: stack.places.home, parts },
    );
    if (context.atTerminal && !parts.every(isUp)) context.say('Next: ./holdfast up');
    return options.exitStatus === true && !parts.every(isUp) ? EXIT.failed : EXIT.ok;
  },
};

const isUp = (part: PartStatus): boolean => part.state === 'running' || part.state === 'elsewhere';
