import { buildMachineImage, listMachineImages } from '@holdfast/infra/providers/docker';
import { Option, type Command } from 'commander';
import { addLeaf, type Leaf, type Running } from '../leaf.js';
import { showBytes } from '../output/amounts.js';
import { stackPlaces } from '../stack/stack-places.js';

interface BuildFlags {
  readonly source?: readonly string[];
  readonly download?: readonly string[];
  readonly plain?: boolean;
}

const oneMore = (value: string, given: readonly string[] = []): readonly string[] => [...given, value];

const build: Leaf<BuildFlags> = {
  usage: 'build',
  summary: 'Build the image that machines of Docker are made from, unless it is there',
  examples: ['./holdfast images build', './holdfast images build --source mysql.sources --download mysql@8.4', './holdfast images build --plain'],
  options: [
    new Option('--source <file>', 'a file of further package sources for machines, such as a vendor\'s .sources; may be given again').argParser(oneMore),
    new Option('--download <engine@version>', 'keep the packages of this version in the image, so that nodes are there sooner; may be given again').argParser(oneMore),
    new Option('--plain', 'without further sources, also where the image that is there has some').conflicts(['source', 'download']),
  ],
  run: async (context, _, { source = [], download = [], plain = false }) => {
    const { tools } = stackPlaces(context.env, context.repository);
    const image = await buildMachineImage({ tools, report: context.say, sources: source, downloads: download, plain });
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
      { header: 'further sources', cell: (row) => row.sources.join(' ') },
      { header: 'downloaded', cell: (row) => row.downloads.join(' ') },
    ]);
  },
};

export const addImageCommands = (program: Command, running: Running): void => {
  const noun = program.command('images').summary('What machines of Docker are made from').description('What machines of Docker are made from.');
  for (const verb of [build, list]) addLeaf(noun, running, verb);
};
