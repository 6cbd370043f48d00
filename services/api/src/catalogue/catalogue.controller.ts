import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { capabilitiesOf, DEFAULT_PLAN, defaultVersionOf, ENGINES, HOURS_PER_MONTH, PLANS, PROVIDERS, workingModes, workingReplication, type CatalogueEngine } from '@holdfast/domain';
import { z } from 'zod';
import { Answers } from '../http/answers.js';
import { Offers } from './offers.js';

const mode = z.enum(['single', 'primary-replica', 'multi-primary', 'sharded']);
const replication = z.enum(['async', 'sync']);
const standing = z
  .enum(['works', 'not-built', 'not-in-engine'])
  .meta({ id: 'Standing', description: '`works`: built and tested on real servers. `not-built`: the engine can, Holdfast cannot yet. `not-in-engine`: the engine has no such thing.' });
const capabilities = z
  .object({
    modes: z.record(mode, standing),
    replication: z.record(replication, standing),
    syncPromise: z.string().optional().meta({ description: 'What `sync` promises with this engine.' }),
    sharding: standing.meta({ description: 'Shards are added and removed while clients write.' }),
    pointInTimeRecovery: standing,
    onlineAdd: standing.meta({ description: 'A node joins while clients write.' }),
    allowlist: standing,
    pool: standing.meta({ description: 'Clients share connections to the servers.' }),
  })
  .meta({ id: 'EngineCapabilities' });
const engineList = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        description: z.string(),
        versions: z.array(z.string()).meta({ description: 'That the driver knows, newest first.' }),
        defaultVersion: z.string(),
        modes: z.array(mode).meta({ description: 'That work in the default version.' }),
        replication: z.array(replication).meta({ description: 'That work in the default version.' }),
        capabilities: z.record(z.string(), capabilities).meta({ description: 'By version.' }),
        deployable: z.boolean(),
        notDeployable: z.string().optional().meta({ description: 'Why it cannot be deployed.' }),
        available: z.record(z.string(), z.array(z.string())).meta({ description: 'Versions that can be had now, by provider.' }),
      }),
    ),
  })
  .meta({ id: 'EngineList' });

const planList = z
  .object({ items: z.array(z.object({ id: z.string(), cpuCount: z.int(), memoryBytes: z.int(), diskBytes: z.int(), default: z.boolean() })) })
  .meta({ id: 'PlanList' });

const price = z.object({ perHourMicroUsd: z.int(), perMonthMicroUsd: z.int() });
const providerList = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        regions: z.array(z.string()),
        deployable: z.boolean(),
        notDeployable: z.string().optional(),
        prices: z.record(z.string(), price).meta({ description: 'By plan, in millionths of a US dollar; a month has 730 hours.' }),
      }),
    ),
  })
  .meta({ id: 'ProviderList' });

const searchQuery = z.strictObject({ search: z.string().max(200).optional().meta({ description: 'Part of an id or title.' }) });
type Search = z.infer<typeof searchQuery>;

@ApiTags('catalogue')
@Controller('v1/catalogue')
export class CatalogueController {
  constructor(@Inject(Offers) private readonly offers: Offers) {}

  @Get('engines')
  @Answers(200, 'Lists engines, whether they can be deployed, and which versions can be had here.', engineList)
  async engines(@Query({ schema: searchQuery }) query: Search): Promise<z.infer<typeof engineList>> {
    const items = ENGINES.filter((engine) => found(query, engine.id, engine.title)).map(async (engine) => ({
      ...{ id: engine.id, title: engine.title, description: engine.description, versions: [...engine.versions] },
      ...abilitiesOf(engine),
      deployable: engine.notDeployable === undefined,
      ...(engine.notDeployable === undefined ? {} : { notDeployable: engine.notDeployable }),
      available: engine.notDeployable === undefined ? await this.available(engine.id, engine.versions) : {},
    }));
    return { items: await Promise.all(items) };
  }

  @Get('plans')
  @Answers(200, 'Lists machine sizes.', planList)
  plans(@Query({ schema: searchQuery }) query: Search): z.infer<typeof planList> {
    return { items: PLANS.filter((plan) => found(query, plan.id)).map((plan) => ({ ...plan, default: plan.id === DEFAULT_PLAN })) };
  }

  @Get('providers')
  @Answers(200, 'Lists where machines can come from, with prices.', providerList)
  providers(@Query({ schema: searchQuery }) query: Search): z.infer<typeof providerList> {
    const items = PROVIDERS.filter((provider) => found(query, provider.id, provider.title)).map((provider) => ({
      ...{ id: provider.id, title: provider.title, regions: [...provider.regions], deployable: provider.notDeployable === undefined },
      ...(provider.notDeployable === undefined ? {} : { notDeployable: provider.notDeployable }),
      prices: Object.fromEntries(PLANS.map(({ id }) => [id, priceOf(provider.pricePerHourMicroUsd[id] ?? 0)])),
    }));
    return { items };
  }

  /** Of what can be had, only what the driver knows. */
  private async available(engine: string, known: readonly string[]): Promise<Record<string, string[]>> {
    const offered = await this.offers.versionsByProvider(engine);
    return Object.fromEntries(Object.entries(offered).map(([provider, versions]) => [provider, known.filter((version) => versions.includes(version))]));
  }
}

const abilitiesOf = (engine: CatalogueEngine) => {
  const defaultVersion = defaultVersionOf(engine);
  return {
    defaultVersion,
    modes: workingModes(engine, defaultVersion),
    replication: workingReplication(engine, defaultVersion),
    capabilities: Object.fromEntries(engine.versions.map((version) => [version, capabilitiesOf(engine, version)])),
  };
};

const priceOf = (perHourMicroUsd: number): z.infer<typeof price> => ({ perHourMicroUsd, perMonthMicroUsd: perHourMicroUsd * HOURS_PER_MONTH });

const found = ({ search }: Search, ...texts: string[]): boolean => search === undefined || texts.some((text) => text.toLowerCase().includes(search.toLowerCase()));
