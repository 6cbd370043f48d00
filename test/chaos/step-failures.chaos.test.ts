import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operationStream } from '@holdfast/domain';
import { today } from '../support/rotation.js';
import { TestStack } from '../support/test-stack.js';
import { readCluster } from '../support/truth.js';
import { chooseCells, failureCells, failureName, farCellOf, type FailureCell } from './cells.js';
import { Faults, type StepCounts } from './faults.js';
import { Grounds } from './machines.js';
import { OwnWorker } from './own-worker.js';
import { isPossible, operationsOf, planOf, sceneName, type Operation, type Scene } from './scenes.js';
import { clusterName, nothingIsLost, OPERATION_MS, Stage, type Asked } from './stage.js';

const SELECTION = process.env['HOLDFAST_CHAOS'] ?? 'slice';
const SLICE = Number(process.env['HOLDFAST_CHAOS_FAILURES'] ?? 4);
const CELL_LIMIT_MS = 6 * OPERATION_MS;
const LIFE_MS = 10 * OPERATION_MS;

const scenesOf = (cells: readonly FailureCell[]): Scene[] => [...new Map(cells.map(({ scene }) => [sceneName(scene), scene])).values()];

/**
 * A day of the slice is one scene's of this computer (shards, whose life is long, are asked for by words): the next one's tomorrow, and
 * other steps of it when its turn comes again. On two days of three one on Docker or over SSH besides.
 */
const chooseDay = (cells: readonly FailureCell[], day: number): FailureCell[] => {
  const scenes = scenesOf(cells.filter(({ scene }) => scene.machine === 'local' && scene.mode !== 'sharded'));
  const scene = scenes[day % scenes.length];
  return [...chooseCells(cells.filter((cell) => cell.scene === scene), failureName, 'slice', Math.floor(day / scenes.length), SLICE), ...farCellOf(cells, failureName, day)];
};
const cells = failureCells();
const chosen = SELECTION === 'slice' ? chooseDay(cells, today()) : chooseCells(cells, failureName, SELECTION, 0, SLICE);

/** What brings a cluster back to where the operation can be asked of it again. */
const COUNTERPARTS: Readonly<Record<string, string>> = { 'promote-node': 'add-node', 'delete-cluster': 'add-node', 'add-node': 'remove-node', 'remove-node': 'add-node', 'remove-lost-node': 'add-node', 'add-shard': 'remove-shard', 'remove-shard': 'add-shard' };

/** Elsewhere than on this computer, where each takes minutes: to deploy, what is to fail, and what it takes away again. */
const shortLife = (operations: readonly Operation[], own: ReadonlySet<Operation>): Operation[] => {
  const before = [...own].filter(({ label }) => label.startsWith('remove-')).map(({ label }) => COUNTERPARTS[label]);
  return operations.filter((operation) => operation.label === 'deploy-cluster' || own.has(operation) || before.includes(operation.label));
};

/**
 * Each step of each operation fails for good, on real servers, by a worker in this process whose ports a test can let fail: before
 * the point of no return all that the plan says is taken back, in its order, the servers are as before, and the same command works
 * afterwards; past it the operation waits for a person, and goes on when told to. Rows acknowledged meanwhile are there.
 * All cells: `HOLDFAST_CHAOS=all ./holdfast test chaos`; some: see test/README.md.
 */
let grounds: Grounds;
let stack: TestStack;
let worker: OwnWorker;
const faults = new Faults();

beforeAll(async () => {
  grounds = await Grounds.prepare(new Set(chosen.map(({ scene }) => scene.machine)));
  stack = await TestStack.start(grounds.env);
  // The worker in this process finds machines where the installation's own would.
  Object.assign(process.env, grounds.env);
  worker = await OwnWorker.start(stack, faults);
}, 600_000);

afterAll(async () => {
  await worker?.stop();
  await stack?.stop();
  await grounds?.stop();
}, 240_000);

describe.each(scenesOf(chosen).map((scene) => [sceneName(scene), scene] as const))('%s', (name, scene) => {
  const prefix = name.replaceAll('/', '-').slice(0, 30);
  const operations = operationsOf(scene);
  const own = chosen.filter((cell) => sceneName(cell.scene) === name);
  const life = scene.machine === 'local' ? operations : shortLife(operations, new Set(own.map(({ operation }) => operation)));
  const counts = new Map<string, ReadonlyMap<string, StepCounts>>();
  let stage: Stage;
  let clusters = 0;
  /** The cluster that cells share while each leaves it well. */
  let shared: string | undefined;

  const newName = (): string => clusterName(prefix, (clusters += 1));
  const run = async (operation: Operation, cluster: string): Promise<Asked> => {
    const asked = await stage.ask(operation, cluster);
    expect(await stage.ended(asked.operationId)).toBe('succeeded');
    return asked;
  };
  const byLabel = (label: string | undefined): Operation | undefined => operations.find((operation) => operation.label === label);

  /** A cluster of which the operation can be asked. */
  const clusterFor = async (operation: Operation): Promise<string> => {
    if (operation.label === 'deploy-cluster') return newName();
    if (shared === undefined) {
      shared = newName();
      await stage.deploy(shared, operations[0]?.shape ?? operation.shape);
    }
    const counterpart = byLabel(COUNTERPARTS[operation.label]);
    const state = await readCluster(stack, shared);
    const whole = operations[0]?.shape.nodes ?? 0;
    const isOutOfShape = operation.label.startsWith('add-') ? state.nodes.length > whole : state.nodes.length < whole || !isPossible(operation, state);
    if (counterpart !== undefined && isOutOfShape) await run(counterpart, shared);
    return shared;
  };

  beforeAll(() => {
    stage = new Stage(stack, scene, grounds.of(scene.machine));
  });

  it('lives a life in which every activity is run twice, as after a worker that died with its answer, and nothing is other', async () => {
    const cluster = newName();
    faults.twice = true;
    try {
      for (const operation of life) {
        await stage.prepare(operation, cluster);
        faults.takeCounts();
        const asked = await run(operation, cluster);
        counts.set(operation.label, faults.takeCounts());
        await stage.hasSucceeded(operation, cluster, asked);
      }
    } finally {
      faults.twice = false;
    }
    if (life.at(-1)?.label !== 'delete-cluster') shared = cluster;
    for (const operation of life) expect([...(counts.get(operation.label)?.keys() ?? [])].sort()).toEqual(planOf(scene, operation).steps.map((step) => step.name).sort());
  }, LIFE_MS);

  it.each(own.map((cell) => [failureName(cell), cell] as const))('%s', async (_, { operation, step, moment }) => {
    const cluster = await clusterFor(operation);
    const isShared = cluster === shared;
    shared = undefined; // Until it has been seen to be well.
    const writer = await stage.writer(operation, cluster);
    await stage.prepare(operation, cluster);
    const plan = planOf(scene, operation);
    const planned = plan.steps.find((each) => each.name === step);
    faults.arm(step, moment, counts.get(operation.label)?.get(step));
    const asked = await stage.ask(operation, cluster);
    const end = await stage.ended(asked.operationId);
    expect(faults.disarm()).toBe(true);
    let done = asked;
    if (planned?.afterPointOfNoReturn === true) {
      expect(end).toEqual({ stuckIn: step });
      expect((await stack.api.post(`/operations/${asked.operationId}/retry`, { step })).status).toBe(202);
      await stack.succeeded(asked.operationId, OPERATION_MS);
    } else {
      expect(end).toBe('failed');
      expect(await undoneSteps(stack, asked.operationId)).toEqual(undoOrder(plan.steps, step));
      await stage.wasUndone(operation, cluster, asked);
      done = await run(operation, cluster);
    }
    await stage.hasSucceeded(operation, cluster, done);
    await nothingIsLost(writer);
    if (operation.label === 'deploy-cluster') await stage.delete(cluster);
    else if (isShared && operation.label !== 'delete-cluster') shared = cluster;
  }, CELL_LIMIT_MS);

  afterAll(async () => {
    if (shared !== undefined) await stage.delete(shared);
  }, OPERATION_MS);
});

/** As the plan says: every step up to the one that failed which says how it is taken back, last one first. */
const undoOrder = (steps: ReturnType<typeof planOf>['steps'], failed: string): string[] =>
  steps
    .slice(0, steps.findIndex(({ name }) => name === failed) + 1)
    .filter(({ undo }) => 'how' in undo)
    .map(({ name }) => name)
    .reverse();

const undoneSteps = async (of: TestStack, operationId: string): Promise<string[]> =>
  (await of.store.readStream(operationStream(operationId))).filter(({ type }) => type === 'StepUndone').map(({ data }) => String((data as { step: string }).step));
