import { capabilitiesOf, defaultVersionOf, deployableEngines, type CatalogueEngine } from '@holdfast/domain';
import { setTimeout as delay } from 'node:timers/promises';
import type { WriteReport } from '../../services/cli/src/demo/write-gap.js';
import type { TestStack } from '../support/test-stack.js';
import { writeThroughEndpoint } from '../support/write-through-endpoint.js';
import { RUNS_DEFAULT, type BenchContext, type Benchmark } from './benchmark.js';
import { median, type Figure } from './figures.js';
import { NODES, operate, withStack } from './real-cluster.js';

/** PostgreSQL has a benchmark of its own, with the plain commands beside it. */
const OTHERS = deployableEngines().filter((engine) => engine.id !== 'postgresql' && capabilitiesOf(engine, defaultVersionOf(engine)).modes['primary-replica'] === 'works');
/** By family, as the product promises. */
const GAP_MS_MAX: Readonly<Record<string, number>> = { postgresql: 500, redis: 1_000, mysql: 2_000 };
/** The client writes for so long before and after, so that its ordinary pauses are in the figure too. */
const CALM_MS = 700;

interface NodeRow {
  readonly name: string;
  readonly role: string;
}

const switchOver = async (stack: TestStack, name: string): Promise<WriteReport> => {
  const { body } = await stack.api.get(`/clusters/${name}`);
  const replica = (body['nodes'] as unknown as NodeRow[]).find((node) => node.role === 'replica');
  if (replica === undefined) throw new Error(`${name} has no replica.`);
  const writer = await writeThroughEndpoint(stack, name);
  try {
    await delay(CALM_MS);
    await operate(stack, name, 'POST', `/clusters/${name}/nodes/${replica.name}/promote`, { confirm: replica.name });
    await delay(CALM_MS);
  } catch (problem) {
    await writer.stop();
    throw problem;
  }
  return writer.stop();
};

const measureEngine = async (stack: TestStack, engine: CatalogueEngine, { runs = RUNS_DEFAULT, say }: BenchContext): Promise<Figure[]> => {
  const [name, version] = [`switch-${engine.id}`, defaultVersionOf(engine)];
  await operate(stack, name, 'POST', '/clusters', { name, engine: engine.id, version, mode: 'primary-replica', nodes: NODES, provider: 'local' });
  await switchOver(stack, name);
  const reports: WriteReport[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const report = await switchOver(stack, name);
    reports.push(report);
    say(`${engine.id} ${version}, run ${run}: gap ${report.longestGapMs} ms, missing ${report.missingIds.length} of ${report.acknowledgedCount}`);
  }
  await operate(stack, name, 'DELETE', `/clusters/${name}`, { confirm: name });
  return figuresOf(`${engine.id} ${version}`, GAP_MS_MAX[engine.traits?.family ?? ''] ?? 0, reports);
};

const figuresOf = (what: string, gapMsMax: number, reports: readonly WriteReport[]): Figure[] => {
  const gaps = reports.map((report) => report.longestGapMs);
  const missing = reports.map((report) => report.missingIds.length);
  const lost = missing.reduce((total, count) => total + count, 0);
  const common = { bench: 'switchover', runs: reports.length } as const;
  return [
    { ...common, what: `${what}: longest gap between acknowledged writes`, unit: 'ms', ours: median(gaps), goal: `≤ ${gapMsMax} ms`, met: median(gaps) <= gapMsMax, samples: { ours: gaps } },
    { ...common, what: `${what}: acknowledged rows missing, all runs`, unit: 'rows', ours: lost, goal: '0', met: lost === 0, samples: { ours: missing } },
  ];
};

export const switchover: Benchmark = {
  name: 'switchover',
  measures: 'as promote, for every other engine that can be deployed: a client writes each 10 ms through the read-write address.',
  run: (context) =>
    withStack(async (stack) => {
      const figures: Figure[] = [];
      for (const engine of OTHERS) figures.push(...(await measureEngine(stack, engine, context)));
      return figures;
    }),
};
