import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EngineNode, MemberHealth } from '@holdfast/domain';
import { never, pause } from './engine.harness.js';
import { eventually } from './machine.harness.js';
import { cutOff, deployGroup, type GroupHarness, GroupWriter, MachineCutOff, type MakeGroupHarness, rowsOn, writeThrough } from './multi-primary-engine.harness.js';

const TEST_TIMEOUT_MS = 300_000;
/** Far above what a driver needs to say goodbye. */
const LEAVE_MS = 60_000;
/** Above every failure detector's period. */
const SEEN_MS = 90_000;
/** A write that is not acknowledged within this is not going to be. */
const REFUSED_MS = 5_000;

interface Context {
  harness: GroupHarness;
  members: EngineNode[];
  /** Rows that were acknowledged; every one of them must be on every member, always. */
  written: number[];
}

/** What every driver of a group whose members all take writes does, on real servers. */
export const multiPrimaryEngineContract = (name: string, make: MakeGroupHarness): void => {
  describe(`${name} as a group of members that all take writes`, () => {
    const context = {} as Context;
    beforeAll(async () => {
      context.harness = await make();
      context.members = await deployGroup(context.harness, ['a', 'b', 'c']);
      context.written = [];
    }, TEST_TIMEOUT_MS);
    afterAll(() => context.harness.destroy(), TEST_TIMEOUT_MS);

    serving(context);
    growing(context);
    shrinking(context);
    restarting(context);
    losingQuorum(context);
    beingKilled(context);
  });
};

const namesOf = (nodes: readonly EngineNode[]): string[] => nodes.map((node) => node.name).sort();
const third = ({ members }: Context): [EngineNode, EngineNode, EngineNode] => members as [EngineNode, EngineNode, EngineNode];
const look = ({ harness }: Context, node: EngineNode): Promise<MemberHealth> => harness.engine.memberHealth(node, harness.credentials);
const isWhole = (health: MemberHealth, members: readonly EngineNode[]): boolean =>
  health.reachable && health.writable && health.state === 'synced' && health.hasQuorum && health.groupSize === members.length && health.members.join() === namesOf(members).join();

/** All see each other and take writes, and each has every row that was ever acknowledged. */
const expectWhole = async (context: Context, members: readonly EngineNode[]): Promise<void> => {
  await eventually('each sees all', async () => (await Promise.all(members.map((node) => look(context, node)))).every((health) => isWhole(health, members)), SEEN_MS);
  for (const node of members) {
    const missing = async (): Promise<number[]> => {
      const rows = new Set(await rowsOn(context.harness, node));
      return context.written.filter((row) => !rows.has(row));
    };
    // A commit is certified everywhere when it is acknowledged, and applied a moment later.
    await eventually(`${node.name} has all`, async () => (await missing()).length === 0, 10_000).catch(async () => expect({ node: node.name, missing: await missing() }).toEqual({ node: node.name, missing: [] }));
  }
};

let row = 0;
const write = async (context: Context, node: EngineNode): Promise<void> => {
  await writeThrough(context.harness, node, [++row]);
  context.written.push(row);
};

/** Runs `change` while a client at each of `nodes` writes: none is refused. */
const whileWriting = async (context: Context, nodes: readonly EngineNode[], change: () => Promise<unknown>): Promise<void> => {
  const writer = new GroupWriter(context.harness, nodes);
  try {
    await pause(300);
    await change();
    await pause(300);
  } finally {
    await writer.stop();
  }
  expect(writer.refusals).toEqual([]);
  expect(writer.acknowledged.length).toBeGreaterThan(nodes.length * 10);
  context.written.push(...writer.acknowledged);
};

const serving = (context: Context): void => {
  it(
    'takes writes at every member, and has on each what was written to any',
    async () => {
      for (const node of context.members) await write(context, node);
      await expectWhole(context, context.members);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'answers the same when every step is repeated, and begins no second group',
    async () => {
      const { harness, members } = context;
      const { engine, credentials } = harness;
      const [first, ...others] = third(context);
      await whileWriting(context, members, async () => {
        await engine.install(first);
        await engine.bootstrapGroup(first, members, credentials);
        for (const node of others) await engine.joinGroup(node, members, credentials, never());
        for (const node of members) await engine.rememberMembers(node, members, credentials);
        await engine.startGroup(members, credentials, never());
      });
      const stranger = await harness.createNode('stranger');
      await expect(engine.bootstrapGroup(stranger, [...members, stranger], credentials)).rejects.toThrow(stranger.name);
      expect(await look(context, stranger)).toMatchObject({ reachable: false, problem: expect.stringContaining(stranger.name) });
      await expectWhole(context, members);
    },
    TEST_TIMEOUT_MS,
  );
};

const growing = (context: Context): void => {
  it(
    'adds a member that has all earlier data, while clients write to the others, also when a first try was ended in its middle',
    async () => {
      const { harness, members } = context;
      const { engine, credentials } = harness;
      const added = await harness.createNode('d');
      const all = [...members, added];
      await engine.install(added);
      await whileWriting(context, members, async () => {
        for (const node of members) await engine.rememberMembers(node, all, credentials);
        const cancel = new AbortController();
        const first = engine.joinGroup(added, all, credentials, cancel.signal);
        setTimeout(() => cancel.abort(new Error('enough')), harness.midJoinMs);
        await expect(first).rejects.toThrow();
        await engine.joinGroup(added, all, credentials, never());
        await engine.joinGroup(added, all, credentials, never());
      });
      context.members = all;
      await write(context, added);
      await expectWhole(context, all);
    },
    TEST_TIMEOUT_MS,
  );
};

const shrinking = (context: Context): void => {
  it(
    'lets a member leave while clients write to the others, and come back with what it has',
    async () => {
      const { harness, members } = context;
      const { engine, credentials } = harness;
      const leaving = members.at(-1) as EngineNode;
      const rest = members.slice(0, -1);
      await whileWriting(context, rest, async () => {
        await engine.leaveGroup(leaving, credentials, LEAVE_MS);
        await engine.leaveGroup(leaving, credentials, LEAVE_MS);
        await eventually('nobody misses it', async () => (await Promise.all(rest.map((node) => look(context, node)))).every((health) => isWhole(health, rest)), SEEN_MS);
      });
      expect(await look(context, leaving)).toMatchObject({ reachable: false, problem: expect.stringContaining(leaving.name) });
      await engine.joinGroup(leaving, members, credentials, never());
      await expectWhole(context, members);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'keeps no trace of a member that is removed, whichever it is',
    async () => {
      const { harness } = context;
      const { engine, credentials } = harness;
      // The one that began the group.
      const [gone, ...rest] = context.members as [EngineNode, ...EngineNode[]];
      await whileWriting(context, rest, async () => {
        await engine.leaveGroup(gone, credentials, LEAVE_MS);
        for (const node of rest) await engine.rememberMembers(node, rest, credentials);
        for (const node of rest) await engine.rememberMembers(node, rest, credentials);
      });
      context.members = rest;
      await expectWhole(context, rest);
      for (const node of rest) expect(await harness.tracesOf(gone, node)).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
};

const restarting = (context: Context): void => {
  it(
    'brings back a member whose power was cut, while clients write to the others',
    async () => {
      const { harness, members } = context;
      const [, , failing] = third(context);
      await harness.cutPower(failing);
      expect(await look(context, failing)).toMatchObject({ reachable: false });
      const rest = members.filter((node) => node !== failing);
      await eventually('the others go on without it', async () => (await Promise.all(rest.map((node) => look(context, node)))).every((health) => isWhole(health, rest)), SEEN_MS);
      await whileWriting(context, rest, () => harness.engine.joinGroup(failing, members, harness.credentials, never()));
      await expectWhole(context, members);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'starts a group that is stopped as a whole from the member that has the most, and only when it can ask all',
    async () => {
      const { harness, members } = context;
      const { engine, credentials } = harness;
      const [one, two, last] = third(context);
      await engine.stop(one, credentials, LEAVE_MS);
      await write(context, last);
      await engine.stop(two, credentials, LEAVE_MS);
      await write(context, last);
      // Its files do not say how far it came: nobody asked it to stop.
      await harness.cutPower(last);
      await expect(engine.startGroup([one, two, cutOff(last, 0)], credentials, never())).rejects.toThrow(MachineCutOff);
      for (const node of members) expect(await look(context, node)).toMatchObject({ reachable: false });
      const started = await engine.startGroup(members, credentials, never());
      expect(started).toMatchObject({ startedFrom: last.name, position: expect.stringMatching(/./) });
      await expectWhole(context, members);
      for (const node of members) await write(context, node);
      await expectWhole(context, members);
    },
    TEST_TIMEOUT_MS,
  );
};

/** Resolves to why it was not acknowledged. */
const refusal = async (context: Context, node: EngineNode): Promise<string> => {
  const waiting = pause(REFUSED_MS).then(() => 'it waits');
  const trying = writeThrough(context.harness, node, [++row]).then(
    () => 'acknowledged',
    (problem: unknown) => String(problem),
  );
  return Promise.race([waiting, trying]);
};

const losingQuorum = (context: Context): void => {
  it(
    'says that a group without a majority takes no writes, does nothing with it but start it as a whole, and loses nothing',
    async () => {
      const { harness, members } = context;
      const { engine, credentials } = harness;
      const [left, ...others] = third(context);
      await write(context, left);
      await expectWhole(context, members);
      for (const node of others) await harness.cutPower(node);
      await eventually(
        'it says that it has no majority',
        async () => {
          const health = await look(context, left);
          return health.reachable && !health.hasQuorum && !health.writable && health.state === 'no-quorum' && health.detail !== '';
        },
        SEEN_MS,
      );
      expect(await refusal(context, left)).not.toBe('acknowledged');
      const stranger = await harness.createNode('late');
      await engine.install(stranger);
      await expect(engine.joinGroup(stranger, [...members, stranger], credentials, never())).rejects.toThrow(/majority/);
      expect(await look(context, stranger)).toMatchObject({ reachable: false });
      await engine.startGroup(members, credentials, never());
      await expectWhole(context, members);
      for (const node of members) await write(context, node);
      await expectWhole(context, members);
    },
    TEST_TIMEOUT_MS,
  );
};

const beingKilled = (context: Context): void => {
  it(
    'begins a group, lets one join and leave, each cut off after every single call to the machine and repeated',
    async () => {
      const { harness } = context;
      const { engine, credentials } = harness;
      const nodes = await Promise.all(['k-1', 'k-2'].map((name) => harness.createNode(name)));
      const [first, second] = nodes as [EngineNode, EngineNode];
      const own: Context = { harness, members: [...nodes], written: [] };
      for (const node of nodes) await engine.install(node);
      await persistently((afterCalls) => engine.bootstrapGroup(cutOff(first, afterCalls), nodes, credentials));
      await write(own, first);
      await persistently((afterCalls) => engine.joinGroup(cutOff(second, afterCalls), nodes, credentials, never()));
      await write(own, second);
      await expectWhole(own, nodes);
      await persistently((afterCalls) => engine.leaveGroup(cutOff(second, afterCalls), credentials, LEAVE_MS));
      await persistently((afterCalls) => engine.rememberMembers(cutOff(first, afterCalls), [first], credentials));
      await expectWhole(own, [first]);
      expect(await harness.tracesOf(second, first)).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
};

/** Cut off after 0 calls, after 1, and so on until it comes to its end; answers after how many that was. */
const persistently = async (call: (afterCalls: number) => Promise<unknown>): Promise<number> => {
  for (let afterCalls = 0; ; afterCalls++) {
    try {
      await call(afterCalls);
      return afterCalls;
    } catch (problem) {
      if (!(problem instanceof MachineCutOff)) throw problem;
    }
  }
};
