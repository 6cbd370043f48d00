import { setTimeout as delay } from 'node:timers/promises';
import { startWriter, type WriteReport } from '../../services/cli/src/demo/write-gap.js';
import type { TestStack } from '../support/test-stack.js';
import { RUNS_DEFAULT, type BenchContext, type Benchmark } from './benchmark.js';
import { median, type Figure } from './figures.js';
import { deployBody, NODES, operate, withRaw, withStack } from './real-cluster.js';

const CLUSTER = 'switch';
const GAP_MS_MAX = 500;
/** The client writes for so long before and after, so that its ordinary pauses are in the figure too. */
const CALM_MS = 700;

interface NodeRow {
  readonly name: string;
  readonly role: string;
}

/** Runs the switchover under a client that writes each 10 ms and connects anew when it must. */
const underWriter = async (url: string | (() => string), switchOver: () => Promise<unknown>): Promise<WriteReport> => {
  const writer = await startWriter({ url });
  try {
    await delay(CALM_MS);
    await switchOver();
    await delay(CALM_MS);
  } catch (problem) {
    await writer.stop();
    throw problem;
  }
  return writer.stop();
};

const promoteOurs = async (stack: TestStack): Promise<WriteReport> => {
  const { body: credentials } = await stack.api.get(`/clusters/${CLUSTER}/credentials`);
  const { body: cluster } = await stack.api.get(`/clusters/${CLUSTER}`);
  const replica = (cluster['nodes'] as unknown as NodeRow[]).find((node) => node.role === 'replica');
  if (replica === undefined) throw new Error('The cluster has no replica.');
  const path = `/clusters/${CLUSTER}/nodes/${replica.name}/promote`;
  return underWriter(String(credentials['readWrite']?.['url']), () => operate(stack, CLUSTER, 'POST', path, { confirm: replica.name }));
};

/** A cluster of its own, since a script leaves the old primary behind. The client tries both addresses in turn: nothing leads it. */
const promoteRaw = (): Promise<WriteReport> =>
  withRaw(async (raw) => {
    await raw.deploy(NODES);
    let connections = 0;
    const url = (): string => raw.url(connections++ % 2);
    return underWriter(url, () => raw.promote());
  });

const measure = async (stack: TestStack, { runs = RUNS_DEFAULT, say }: BenchContext): Promise<Figure[]> => {
  const [ours, raw]: [WriteReport[], WriteReport[]] = [[], []];
  await operate(stack, CLUSTER, 'POST', '/clusters', deployBody(CLUSTER));
  say(`warm-up, not counted: ours ${(await promoteOurs(stack)).longestGapMs} ms`);
  for (let run = 0; run < runs; run += 1) {
    ours.push(await promoteOurs(stack));
    raw.push(await promoteRaw());
    const [own, plain] = [ours.at(-1), raw.at(-1)];
    say(`run ${run + 1}: gap ours ${own?.longestGapMs} ms, raw ${plain?.longestGapMs} ms; missing ${own?.missingIds.length} of ${own?.acknowledgedCount}, raw ${plain?.missingIds.length} of ${plain?.acknowledgedCount}`);
  }
  return figuresOf(ours, raw);
};

const figuresOf = (ours: readonly WriteReport[], raw: readonly WriteReport[]): Figure[] => {
  const gaps = { ours: ours.map((report) => report.longestGapMs), raw: raw.map((report) => report.longestGapMs) };
  const missing = { ours: ours.map((report) => report.missingIds.length), raw: raw.map((report) => report.missingIds.length) };
  const gap = median(gaps.ours);
  const lost = sum(missing.ours);
  const common = { bench: 'promote', runs: ours.length } as const;
  const ratio = gap / median(gaps.raw);
  return [
    { ...common, what: 'longest gap between acknowledged writes; raw: stop and promote', unit: 'ms', ours: gap, raw: median(gaps.raw), ratio, goal: `≤ ${GAP_MS_MAX} ms`, met: gap <= GAP_MS_MAX, samples: gaps },
    { ...common, what: 'acknowledged rows missing, all runs', unit: 'rows', ours: lost, raw: sum(missing.raw), goal: '0', met: lost === 0, samples: missing },
  ];
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export const promote: Benchmark = {
  name: 'promote',
  measures: 'longest gap between acknowledged writes of a client that writes each 10 ms, while a replica is promoted; against pg_ctl stop and promote.',
  run: (context) => withStack((stack) => measure(stack, context)),
};
