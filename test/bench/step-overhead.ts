import { randomUUID } from 'node:crypto';
import type { OperationPlan, PlannedStep } from '@holdfast/domain';
import { operationStart, type OperationWorkflowInput } from '@holdfast/workflows/contracts';
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { installRuntime, runTemporalWorker } from '../../services/worker/src/temporal-worker.js';
import { wire, type Wiring } from '../../services/worker/src/wiring.js';
import { loadOrCreateSigningKeys } from '@holdfast/infra/temporal';
import { workflowBundle } from '../support/workflow-bundle.js';
import { BareStack } from './bare-stack.js';
import { RUNS_DEFAULT, using, type BenchContext, type Benchmark } from './benchmark.js';
import { median, timed, type Figure } from './figures.js';
import { addNodePlan, appendAcceptance, appendServingCluster } from './synthetic-cluster.js';

const STEPS = 20;
const OVERHEAD_MS_MAX = 40;
const WARM_UPS = 3;
const BUNDLE_ENTRY = 'test/workflow/toys/index.ts';

const noOpStep = (index: number): PlannedStep => ({
  name: `step-${index + 1}`,
  title: 'Nothing is done',
  nodes: [],
  deadlineMs: 60_000,
  whenOverdue: 'ask',
  undo: { none: 'It does nothing.' },
  afterPointOfNoReturn: false,
  writes: 'possible',
});

/** Starts the workflow of an accepted operation, and answers how long it took to its recorded end. */
const runOperation = async ({ store, client }: Wiring, workflowType: string, steps: number): Promise<number> => {
  const cluster = await appendServingCluster(store, `bench-${randomUUID().slice(0, 8)}`);
  const operationId = `add-node-${randomUUID()}`;
  const plan: OperationPlan = { ...addNodePlan(cluster.clusterId), steps: Array.from({ length: steps }, (_, index) => noOpStep(index)) };
  await appendAcceptance(store, cluster, operationId, plan);
  const input: OperationWorkflowInput = { operationId, clusterId: cluster.clusterId, clusterName: cluster.name, kind: 'add-node', actor: 'system:bench', input: {}, plan };
  const { workflowType: _, ...start } = operationStart(input);
  let outcome: unknown;
  const durationMs = await timed(async () => {
    outcome = await client.workflow.execute(workflowType, start);
  });
  if ((outcome as { outcome?: string }).outcome !== 'succeeded') throw new Error(`${operationId} ended ${JSON.stringify(outcome)}.`);
  return durationMs;
};

const measure = async (wiring: Wiring, { runs = RUNS_DEFAULT, say }: BenchContext): Promise<Figure[]> => {
  const kinds = [
    { type: 'no-op-steps', what: 'a step that does nothing: its facts and the workflow', goal: true },
    { type: 'no-op-activities', what: 'the same with one activity that does nothing', goal: false },
  ];
  const figures: Figure[] = [];
  for (const { type, what, goal } of kinds) {
    for (let index = 0; index < WARM_UPS; index += 1) await runOperation(wiring, type, STEPS);
    const samples: number[] = [];
    for (let round = 0; round < runs; round += 1) {
      const empty = await runOperation(wiring, type, 0);
      const full = await runOperation(wiring, type, STEPS);
      samples.push((full - empty) / STEPS);
      say(`${type}, round ${round + 1}: ${STEPS} steps ${full.toFixed(0)} ms, no steps ${empty.toFixed(0)} ms: ${samples.at(-1)?.toFixed(1)} ms a step`);
    }
    const ours = median(samples);
    figures.push({ bench: 'step-overhead', what, unit: 'ms', ours, runs, samples: { ours: samples }, ...(goal ? { goal: `≤ ${OVERHEAD_MS_MAX} ms`, met: ours <= OVERHEAD_MS_MAX } : {}) });
  }
  return figures;
};

export const stepOverhead: Benchmark = {
  name: 'step-overhead',
  measures: `(an operation of ${STEPS} steps that do nothing − one of none) / ${STEPS}: the real worker, workflow library, journal, codec, Temporal on its file, event store.`,
  run: (context) =>
    using(() => BareStack.prepare(['event-store', 'temporal']), (stack) => stack.remove(), async (stack) => {
      await stack.start();
      loadOrCreateSigningKeys(stack.configuration.keys);
      const logger = pino({ level: 'silent' });
      installRuntime(logger);
      const wiring = wire(stack.configuration);
      const stop = new AbortController();
      await wiring.store.migrate();
      const bundle = { code: readFileSync(workflowBundle(BUNDLE_ENTRY), 'utf8') };
      const { activities, client, dataConverter } = wiring;
      const working = runTemporalWorker({ address: stack.configuration.temporal.address, client, activities, bundle, dataConverter, logger }, stop.signal);
      try {
        return await measure(wiring, context);
      } finally {
        stop.abort();
        await working;
        await client.connection.close();
        await wiring.store.close();
      }
    }),
};
