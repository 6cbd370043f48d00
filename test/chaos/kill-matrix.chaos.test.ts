import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultVersionOf, findEngine, type OperationKind } from '@holdfast/domain';
import { eventually } from '../support/api-client.js';
import { leftovers, readCluster, serversSayWhatFactsSay, stepStarted, writeThroughEndpoint } from '../support/truth.js';
import type { Writer } from '../../services/cli/src/demo/write-gap.js';
import { TestStack } from '../support/test-stack.js';
import { cellName, chooseCells, type Cell } from './cells.js';

const SELECTION = process.env['HOLDFAST_CHAOS'] ?? 'slice';
const SLICE = Number(process.env['HOLDFAST_CHAOS_CELLS'] ?? 8);
const DAY = Math.floor(Date.now() / 86_400_000);
const CELL_LIMIT_MS = 240_000;

/**
 * Kills one part with SIGKILL while a step runs, starts it again, and then asks the servers: the operation has ended, roles and
 * replication are what the facts say, nothing is left over, and every row acknowledged before and during it is there.
 * All cells: `HOLDFAST_CHAOS=all ./holdfast test chaos`.
 */
describe('kill matrix', () => {
  let stack: TestStack;
  let clusters = 0;

  beforeAll(async () => {
    stack = await TestStack.start();
  }, 180_000);

  afterAll(async () => {
    await stack.stop();
  }, 120_000);

  const newName = (): string => `kill-${(clusters += 1)}`;

  it.each(chooseCells(SELECTION, DAY, SLICE).map((cell) => [cellName(cell), cell] as const))(
    '%s',
    async (_, cell) => {
      const name = newName();
      if (cell.kind !== 'deploy-cluster') await stack.deploy(name, kindOfCluster(cell));
      const writer = WITH_WRITER.has(cell.kind) ? await writeThroughEndpoint(stack, name) : undefined;
      const operation = await request(stack, cell, name);
      await stepStarted(stack, operation, cell.step, 60_000);
      // Somewhere inside the step, another place each time.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
      await stack.kill(cell.victim);
      await stack.startPart(cell.victim);
      // A killed part is no reason for a person to do anything: the operation goes on and succeeds.
      expect(await eventually('the operation ends', 180_000, () => stack.ended(operation, 10_000))).toBe('succeeded');
      if (cell.kind !== 'delete-cluster') await serversSayWhatFactsSay(stack, name);
      if (writer !== undefined) await nothingIsLost(writer);
      await cleanUp(stack, name);
    },
    CELL_LIMIT_MS,
  );
});

/** Where clients can write before, during and after. */
const WITH_WRITER: ReadonlySet<OperationKind> = new Set(['add-node', 'promote-node', 'remove-node']);

const kindOfCluster = ({ engine }: Pick<Cell, 'engine'>): { engine: string; version: string } => {
  const known = findEngine(engine);
  if (known === undefined) throw new Error(`There is no engine ${engine}.`);
  return { engine, version: defaultVersionOf(known) };
};

const nothingIsLost = async (writer: Writer): Promise<void> => {
  await writer.nextAcknowledged(10_000);
  const report = await writer.stop();
  expect(report.acknowledgedCount).toBeGreaterThan(0);
  expect(report.missingIds).toEqual([]);
};

const request = async (stack: TestStack, { kind, engine }: Pick<Cell, 'kind' | 'engine'>, name: string): Promise<string> => {
  if (kind === 'deploy-cluster') {
    return stack.api.accepted('POST', '/clusters', { name, ...kindOfCluster({ engine }), mode: 'primary-replica', nodes: 3, provider: 'local' });
  }
  const replica = (await readCluster(stack, name)).nodes.find((node) => node.role === 'replica');
  switch (kind) {
    case 'add-node':
      return stack.api.accepted('POST', `/clusters/${name}/nodes`, {});
    case 'promote-node':
      return stack.api.accepted('POST', `/clusters/${name}/nodes/${replica?.name}/promote`, { confirm: replica?.name });
    case 'remove-node':
      return stack.api.accepted('DELETE', `/clusters/${name}/nodes/${replica?.name}`, { confirm: replica?.name });
    case 'delete-cluster':
      return stack.api.accepted('DELETE', `/clusters/${name}`, { confirm: name });
  }
};

const cleanUp = async (stack: TestStack, name: string): Promise<void> => {
  const cluster = await readCluster(stack, name);
  if (cluster.status !== 'deleted') await stack.succeeded(await request(stack, { kind: 'delete-cluster', engine: cluster.engine }, name));
  expect(await leftovers(stack, cluster.id)).toEqual({ processes: [], directories: [] });
};
