import { expect } from '@jest/globals';
import type { EngineNode, MemberHealth } from '@holdfast/domain';
import { acknowledges } from '../support/acknowledges.js';
import { eventually } from './machine.harness.js';
import { type GroupHarness, GroupWriter, rowsOn, writeThrough } from './multi-primary-engine.harness.js';

export const TEST_TIMEOUT_MS = 300_000;
/** Far above what a driver needs to say goodbye. */
export const LEAVE_MS = 60_000;
/** Above every failure detector's period. */
export const SEEN_MS = 90_000;

/** The group that the tests of the contract hand on to each other. */
export interface GroupContext {
  harness: GroupHarness;
  members: EngineNode[];
  /** Rows that were acknowledged; every one of them must be on every member, always. */
  written: number[];
}

const namesOf = (nodes: readonly EngineNode[]): string[] => nodes.map((node) => node.name).sort();
export const third = ({ members }: GroupContext): [EngineNode, EngineNode, EngineNode] => members as [EngineNode, EngineNode, EngineNode];
export const look = ({ harness }: GroupContext, node: EngineNode): Promise<MemberHealth> => harness.engine.memberHealth(node, harness.credentials);
export const isWhole = (health: MemberHealth, members: readonly EngineNode[]): boolean =>
  health.reachable && health.writable && health.state === 'synced' && health.hasQuorum && health.groupSize === members.length && health.members.join() === namesOf(members).join();

/** All see each other and take writes, and each has every row that was ever acknowledged. */
export const expectWhole = async (context: GroupContext, members: readonly EngineNode[]): Promise<void> => {
  await eventually('each sees all', async () => (await Promise.all(members.map((node) => look(context, node)))).every((health) => isWhole(health, members)), SEEN_MS);
  for (const node of members) {
    const missing = async (): Promise<number[]> => {
      const rows = new Set(await rowsOn(context.harness, node));
      return context.written.filter((row) => !rows.has(row));
    };
    // A commit is certified everywhere when it is acknowledged, and applied a moment later.
    await eventually(`${node.name} has all`, async () => (await missing()).length === 0, SEEN_MS).catch(async () => expect({ node: node.name, missing: await missing() }).toEqual({ node: node.name, missing: [] }));
  }
};

let row = 0;
/** Written at each member before a change, and after it. */
const ROWS_AROUND = 20;
/** Never the same twice. */
export const nextRow = (): number => ++row;

export const write = async (context: GroupContext, node: EngineNode): Promise<void> => {
  const id = nextRow();
  await writeThrough(context.harness, node, [id]);
  context.written.push(id);
};

/** Runs `change` while a client at each of `nodes` writes: none is refused. */
export const whileWriting = async (context: GroupContext, nodes: readonly EngineNode[], change: () => Promise<unknown>): Promise<void> => {
  const writer = new GroupWriter(context.harness, nodes);
  try {
    await acknowledges(writer, nodes.length * ROWS_AROUND);
    await change();
    await acknowledges(writer, nodes.length * ROWS_AROUND);
  } finally {
    await writer.stop();
  }
  expect(writer.refusals).toEqual([]);
  context.written.push(...writer.acknowledged);
};
