import { Option, type Command } from 'commander';
import type { components } from '../api/schema.generated.js';
import { HoldfastApi } from '../client/holdfast-api.js';
import { addLeaf, type Leaf, type Running } from '../leaf.js';
import { showBytes } from '../output/amounts.js';

interface SearchOptions {
  readonly search?: string;
}


const searchOption = (): Option => new Option('--search <text>', 'only rows that hold this text');

/** Rows that hold the text anywhere, in any case. */
const matching = <Row>(rows: readonly Row[], { search }: SearchOptions): readonly Row[] =>
  search === undefined ? rows : rows.filter((row) => JSON.stringify(row).toLowerCase().includes(search.toLowerCase()));

const leaf = (noun: string, summary: string, run: Leaf<SearchOptions>['run']): Leaf<SearchOptions> => ({
  usage: noun,
  summary,
  examples: [`./holdfast catalogue ${noun}`, `./holdfast catalogue ${noun} --search small --json`],
  options: [searchOption()],
  run,
});

/** What the engine's default version could do, and Holdfast cannot: modes and features by name. */
const notBuilt = ({ capabilities, defaultVersion }: components['schemas']['EngineList']['items'][number]): string[] => {
  const row = capabilities[defaultVersion];
  if (row === undefined) return [];
  const { modes, replication, syncPromise: _, ...features } = row;
  return Object.entries({ ...modes, ...replication, ...features }).flatMap(([name, standing]) => (standing === 'not-built' ? [name] : []));
};

const engines = leaf('engines', 'What can be deployed, in which versions and modes', async (context, _args, options) => {
  const api = new HoldfastApi(context);
  const { items } = await api.answer(api.http.GET('/v1/catalogue/engines'));
  context.rows(matching(items, options), [
    { header: 'engine', cell: (row) => row.id },
    { header: 'title', cell: (row) => row.title },
    { header: 'versions', cell: (row) => row.versions.join(', ') },
    { header: 'modes', cell: (row) => row.modes.join(', ') },
    { header: 'commits', cell: (row) => row.replication.join(', ') },
    { header: 'not built yet', cell: (row) => notBuilt(row).join(', ') },
    { header: 'deployable', cell: (row) => row.notDeployable ?? 'yes', paint: (text, row) => context.paint(row.notDeployable === undefined ? 'green' : 'dim', text) },
  ]);
});

const plans = leaf('plans', 'Sizes of machines', async (context, _args, options) => {
  const api = new HoldfastApi(context);
  const { items } = await api.answer(api.http.GET('/v1/catalogue/plans'));
  context.rows(matching(items, options), [
    { header: 'plan', cell: (row) => row.id },
    { header: 'cpus', cell: (row) => row.cpuCount },
    { header: 'memory', cell: (row) => (context.atTerminal ? showBytes(row.memoryBytes) : row.memoryBytes) },
    { header: 'disk', cell: (row) => (context.atTerminal ? showBytes(row.diskBytes) : row.diskBytes) },
  ]);
});

const providers = leaf('providers', 'Where machines come from', async (context, _args, options) => {
  const api = new HoldfastApi(context);
  const { items } = await api.answer(api.http.GET('/v1/catalogue/providers'));
  context.rows(matching(items, options), [
    { header: 'provider', cell: (row) => row.id },
    { header: 'title', cell: (row) => row.title },
    { header: 'regions', cell: (row) => row.regions.join(', ') },
    { header: 'usable', cell: (row) => row.notDeployable ?? 'yes' },
  ]);
});

const regions = leaf('regions', 'Regions of every provider', async (context, _args, options) => {
  const api = new HoldfastApi(context);
  const { items } = await api.answer(api.http.GET('/v1/catalogue/providers'));
  const rows = items.flatMap((provider) => provider.regions.map((region) => ({ provider: provider.id, region, title: provider.title })));
  context.rows(matching(rows, options), [
    { header: 'region', cell: (row) => row.region },
    { header: 'provider', cell: (row) => row.provider },
    { header: 'title', cell: (row) => row.title },
  ]);
});

export const addCatalogueCommands = (program: Command, running: Running): void => {
  const noun = program.command('catalogue').summary('What can be deployed, and where').description('What can be deployed, and where.');
  for (const verb of [engines, plans, providers, regions]) addLeaf(noun, running, verb);
};
