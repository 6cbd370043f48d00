import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EngineNode } from '@holdfast/domain';
import { holdsSoon } from '../support/holds-soon.js';
import { never } from './engine.harness.js';
import { eventually } from './machine.harness.js';
import { expectWhole, type GroupContext, isWhole, LEAVE_MS, look, SEEN_MS, TEST_TIMEOUT_MS, third, whileWriting, write } from './multi-primary-engine.contract-context.js';
import { leading } from './multi-primary-engine.contract-endpoint.js';
import { beingKilled, losingQuorum, restarting } from './multi-primary-engine.contract-failing.js';
import { deployGroup, type MakeGroupHarness } from './multi-primary-engine.harness.js';

/**
 * What every driver of a group whose members all take writes does, on real servers.
 *
 * @param specifics what only this engine does, with the group as the contract leaves it
 */
export const multiPrimaryEngineContract = (name: string, make: MakeGroupHarness, specifics: (context: GroupContext) => void = () => undefined): void => {
  describe(`${name} as a group of members that all take writes`, () => {
    const context = {} as GroupContext;
    beforeAll(async () => {
      context.harness = await make();
      context.members = await deployGroup(context.harness, ['a', 'b', 'c']);
      context.written = [];
    }, TEST_TIMEOUT_MS);
    afterAll(() => context.harness.destroy(), TEST_TIMEOUT_MS);

    serving(context);
    growing(context);
    shrinking(context);
    leading(context);
    restarting(context);
    losingQuorum(context);
    beingKilled(context);
    specifics(context);
  });
};

const serving = (context: GroupContext): void => {
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

const growing = (context: GroupContext): void => {
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

const shrinking = (context: GroupContext): void => {
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
      for (const node of rest) await holdsSoon(async () => expect(await harness.tracesOf(gone, node)).toEqual([]));
    },
    TEST_TIMEOUT_MS,
  );
};
