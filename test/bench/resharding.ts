import { setTimeout as delay } from 'node:timers/promises';
import { defaultVersionOf, deployableEngines, operationStream, workingModes, type CatalogueEngine } from '@holdfast/domain';
import { connectToShards, type ShardClient } from '../support/servers/shard-client.js';
import { lostBy, percentile, ShardWriter } from '../support/servers/shard-writer.js';
import type { TestStack } from '../support/test-stack.js';
import { RUNS_DEFAULT, type BenchContext, type Benchmark } from './benchmark.js';
import { median, type Figure } from './figures.js';
import { operate, withStack } from './real-cluster.js';

const RATIO_MAX = 5;
const SHARDS = 3;
/** Six in each slot, so that keys travel and not only slots. */
const KEYS = 100_000;
const VALUE = 'x'.repeat(100);
const FILL_LANES = 64;
/** How long the client writes before each move: what its writes take where nothing moves. */
const CALM_MS = 5_000;
/** Those that HOLDFAST_BENCH_ENGINES names, or all. */
const WANTED = process.env['HOLDFAST_BENCH_ENGINES'];
const ENGINES = deployableEngines().filter((engine) => workingModes(engine, defaultVersionOf(engine)).includes('sharded') && (WANTED === undefined || WANTED.split(',').includes(engine.id)));

/** What the client saw of one move. Times in milliseconds. */
interface Seen {
  readonly calmP99: number;
  readonly movingP99: number;
  readonly longest: number;
  readonly tookMs: number;
  readonly writes: number;
  readonly errors: readonly string[];
  readonly lost: number;
}

const connect = async (stack: TestStack, name: string): Promise<ShardClient> => {
  const { body } = await stack.api.get(`/clusters/${name}/credentials`);
  const seeds = (body['seeds'] as unknown as string[]).map((seed) => ({ host: seed.split(':')[0] ?? '', port: Number(seed.split(':')[1]) }));
  return connectToShards(seeds, { user: String(body['user']), password: String(body['password']) });
};

const fill = async (client: ShardClient): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let key = next++; key < KEYS; key = next++) await client.write(`filled:${key}`, VALUE);
  };
  await Promise.all(Array.from({ length: FILL_LANES }, lane));
};

const lastPrimary = async (stack: TestStack, name: string): Promise<string> => {
  const { body } = await stack.api.get(`/clusters/${name}`);
  const primaries = (body['nodes'] as unknown as { name: string; role: string }[]).filter((node) => node.role === 'shard-primary');
  return primaries.at(-1)?.name ?? '';
};

/** From the journal: when the step began and ended, milliseconds since 1970. */
const spanOf = async (stack: TestStack, operationId: string, step: string): Promise<readonly [number, number]> => {
  const facts = await stack.store.readStream(operationStream(operationId));
  const at = (type: string): number => Date.parse(facts.findLast((fact) => fact.type === type && (fact.data as { step?: string }).step === step)?.at ?? '');
  return [at('StepStarted'), at('StepCompleted')];
};

const underWriter = async (stack: TestStack, client: ShardClient, prefix: string, move: { step: string; request: () => Promise<string> }): Promise<Seen> => {
  const writer = new ShardWriter(client, prefix);
  const begun = Date.now();
  try {
    await delay(CALM_MS);
    const calmUntil = Date.now();
    const operationId = await move.request();
    await stack.succeeded(operationId, 600_000);
    await writer.stop();
    const [from, to] = await spanOf(stack, operationId, move.step);
    const moving = writer.latenciesBetween(from, to);
    const errors = writer.errors;
    return {
      calmP99: percentile(writer.latenciesBetween(begun, calmUntil), 0.99),
      movingP99: percentile(moving, 0.99),
      longest: Math.max(...moving),
      tookMs: to - from,
      writes: moving.length,
      errors,
      lost: (await lostBy(client, writer)).length,
    };
  } finally {
    await writer.stop();
  }
};

const measureEngine = async (stack: TestStack, engine: CatalogueEngine, { runs = RUNS_DEFAULT, say }: BenchContext): Promise<Figure[]> => {
  const [name, version] = [`reshard-${engine.id}`, defaultVersionOf(engine)];
  await operate(stack, name, 'POST', '/clusters', { name, engine: engine.id, version, mode: 'sharded', shards: SHARDS, nodes: SHARDS * 2, provider: 'local' });
  const client = await connect(stack, name);
  try {
    await fill(client);
    const [growing, shrinking]: [Seen[], Seen[]] = [[], []];
    for (let run = 1; run <= runs; run += 1) {
      growing.push(await underWriter(stack, client, `grow-${run}`, { step: 'move-slots', request: () => stack.api.accepted('POST', `/clusters/${name}/nodes`, { newShard: true }) }));
      const primary = await lastPrimary(stack, name);
      const body = { confirm: primary, wholeShard: true };
      shrinking.push(await underWriter(stack, client, `shrink-${run}`, { step: 'drain-shard', request: () => stack.api.accepted('DELETE', `/clusters/${name}/nodes/${primary}`, body) }));
      say(`${engine.id} ${version}, run ${run}: add ${wordsFor(growing.at(-1))}; remove ${wordsFor(shrinking.at(-1))}`);
    }
    return [...figuresOf(`${engine.id} ${version}, a shard added`, growing), ...figuresOf(`${engine.id} ${version}, a shard removed`, shrinking)];
  } finally {
    await client.close();
    await operate(stack, name, 'DELETE', `/clusters/${name}`, { confirm: name });
  }
};

const wordsFor = (seen: Seen | undefined): string =>
  seen === undefined ? '-' : `p99 ${seen.calmP99.toFixed(1)} → ${seen.movingP99.toFixed(1)} ms, longest ${seen.longest.toFixed(0)} ms, ${seen.writes} writes in ${seen.tookMs} ms, ${seen.errors.length} errors ${seen.errors[0] ?? ''}, ${seen.lost} lost`;

const figuresOf = (what: string, seen: readonly Seen[]): Figure[] => {
  const [calm, moving] = [seen.map((run) => run.calmP99), seen.map((run) => run.movingP99)];
  const ratio = median(moving.map((value, at) => value / (calm[at] ?? Number.NaN)));
  const sum = (count: (run: Seen) => number): number => seen.reduce((total, run) => total + count(run), 0);
  const [errors, lost] = [sum((run) => run.errors.length), sum((run) => run.lost)];
  const common = { bench: 'resharding', runs: seen.length } as const;
  return [
    { ...common, what: `${what}: p99 of writes while slots move; raw: before`, unit: 'ms', ours: median(moving), raw: median(calm), ratio, goal: `ratio ≤ ${RATIO_MAX}`, met: ratio <= RATIO_MAX, samples: { ours: moving, raw: calm } },
    { ...common, what: `${what}: the longest write`, unit: 'ms', ours: median(seen.map((run) => run.longest)), samples: { ours: seen.map((run) => run.longest) } },
    { ...common, what: `${what}: the move`, unit: 'ms', ours: median(seen.map((run) => run.tookMs)), samples: { ours: seen.map((run) => run.tookMs) } },
    { ...common, what: `${what}: errors that the cluster client does not handle, all runs`, unit: 'rows', ours: errors, goal: '0', met: errors === 0 },
    { ...common, what: `${what}: acknowledged keys missing, all runs`, unit: 'rows', ours: lost, goal: '0', met: lost === 0 },
  ];
};

export const resharding: Benchmark = {
  name: 'resharding',
  measures: 'p99 of a cluster client that writes in four lanes while a shard is added, and while one is removed; against the seconds before, for every engine with shards.',
  run: (context) =>
    withStack(async (stack) => {
      const figures: Figure[] = [];
      for (const engine of ENGINES) figures.push(...(await measureEngine(stack, engine, context)));
      return figures;
    }),
};
