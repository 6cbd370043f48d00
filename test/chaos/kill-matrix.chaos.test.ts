import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { today } from '../support/rotation.js';
import { TestStack } from '../support/test-stack.js';
import { stepStarted } from '../support/truth.js';
import { chooseCells, farCellOf, killCells, killName } from './cells.js';
import { Grounds } from './machines.js';
import { clusterName, nothingIsLost, OPERATION_MS, Stage } from './stage.js';

const SELECTION = process.env['HOLDFAST_CHAOS'] ?? 'slice';
const SLICE = Number(process.env['HOLDFAST_CHAOS_CELLS'] ?? 8);
const CELL_LIMIT_MS = 3 * OPERATION_MS;
const cells = killCells();
const chosen = [...chooseCells(cells, killName, SELECTION, today(), SLICE), ...(SELECTION === 'slice' ? farCellOf(cells, killName, today()) : [])];

/**
 * Kills one part with SIGKILL while a step runs, starts it again, and then asks the servers: the operation has ended, roles and
 * replication are what the facts say, nothing is left over or still runs, and every row acknowledged before and during it is there.
 * All cells: `HOLDFAST_CHAOS=all ./holdfast test chaos`; some: see test/README.md.
 */
describe('kill matrix', () => {
  let grounds: Grounds;
  let stack: TestStack;
  let clusters = 0;

  beforeAll(async () => {
    grounds = await Grounds.prepare(new Set(chosen.map(({ scene }) => scene.machine)));
    stack = await TestStack.start(grounds.env);
  }, 600_000);

  afterAll(async () => {
    await stack?.stop();
    await grounds?.stop();
  }, 240_000);

  it.each(chosen.map((cell) => [killName(cell), cell] as const))(
    '%s',
    async (_, { scene, operation, step, victim }) => {
      const name = clusterName('kill', (clusters += 1));
      const stage = new Stage(stack, scene, grounds.of(scene.machine));
      if (operation.label !== 'deploy-cluster') await stage.deploy(name, operation.shape);
      const writer = await stage.writer(operation, name);
      await stage.prepare(operation, name);
      const asked = await stage.ask(operation, name);
      await stepStarted(stack, asked.operationId, step, OPERATION_MS);
      // Somewhere inside the step, another place each time.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
      await stack.kill(victim);
      const orphaned = victim === 'worker' ? await grounds.of(scene.machine).commands() : [];
      await stack.startPart(victim);
      // A killed part is no reason for a person to do anything: the operation goes on and succeeds, also when it was stuck for a while.
      expect(await stack.ended(asked.operationId, OPERATION_MS)).toBe('succeeded');
      await stage.hasSucceeded(operation, name, asked);
      await stage.haveEnded(orphaned);
      await nothingIsLost(writer);
      if (operation.label !== 'delete-cluster') await stage.delete(name);
    },
    CELL_LIMIT_MS,
  );
});
