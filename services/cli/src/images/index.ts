import { buildMachineImage, listMachineImages } from '@holdfast/infra/providers/docker';
import type { Command } from 'commander';
import { addLeaf, type Leaf, type Running } from '../leaf.js';
import { showBytes } from '../output/amounts.js';
import { stackPlaces } from '../stack/stack-places.js';

const build: Leaf<object> = {
  usage: 'build',
  summary: 'Build the image that machines of Docker are made from, unless it is there',
  examples: ['./holdfast images build'],
  run: async (context) => {
    const { tools } = stackPlaces(context.env, context.repository);
    const image = await buildMachineImage({ tools, report: context.say });
    context.document({ image });
  },
};

const list: Leaf<object> = {
  usage: 'list',
  summary: 'Images of machines on this Docker; one that is not in use belongs to another version of Holdfast',
  examples: ['./holdfast images list', './holdfast images list --json'],
  run: async (context) => {
    context.rows(await listMachineImages(), [
      { header: 'image', cell: (row) => row.tag },
      { header: 'size', cell: (row) => (context.atTerminal ? showBytes(row.sizeBytes) : row.sizeBytes) },
      { header: 'built', cell: (row) => row.createdAt.toISOString() },
      { header: 'in use', cell: (row) => (row.isCurrent ? 'yes' : 'no') },
    ]);
  },
};

export const addImageCommands = (program: Command, running: Running): void => {
  const noun = program.command('images').summary('What machines of Docker are made from').description('What machines of Docker are made from.');
  for (const verb of [build, list]) addLeaf(noun, running, verb);
};
