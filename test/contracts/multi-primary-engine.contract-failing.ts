import { expect, it } from '@jest/globals';
import type { EngineNode } from '@holdfast/domain';
import { holdsSoon } from '../support/holds-soon.js';
import { never, pause } from './engine.harness.js';
import { eventually } from './machine.harness.js';
import { expectWhole, type GroupContext, isWhole, LEAVE_MS, look, nextRow, SEEN_MS, TEST_TIMEOUT_MS, third, whileWriting, write } from './multi-primary-engine.contract-context.js';
import { cutOff, MachineCutOff, writeThrough } from './multi-primary-engine.harness.js';

/** A write that is not acknowledged within this is not going to be. */
const REFUSED_MS = 5_000;

export const restarting = (context: GroupContext): void => {
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
const refusal = async (context: GroupContext, node: EngineNode): Promise<string> => {
  const waiting = pause(REFUSED_MS).then(() => 'it waits');
  const trying = writeThrough(context.harness, node, [nextRow()]).then(
    () => 'acknowledged',
    (problem: unknown) => String(problem),
  );
  return Promise.race([waiting, trying]);
};

export const losingQuorum = (context: GroupContext): void => {
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

export const beingKilled = (context: GroupContext): void => {
  it(
    'begins a group, lets one join and leave, each cut off after every single call to the machine and repeated',
    async () => {
      const { harness } = context;
      const { engine, credentials } = harness;
      const nodes = await Promise.all(['k-1', 'k-2'].map((name) => harness.createNode(name)));
      const [first, second] = nodes as [EngineNode, EngineNode];
      const own: GroupContext = { harness, members: [...nodes], written: [] };
      for (const node of nodes) await engine.install(node);
      await persistently((afterCalls) => engine.bootstrapGroup(cutOff(first, afterCalls), nodes, credentials));
      await write(own, first);
      await persistently((afterCalls) => engine.joinGroup(cutOff(second, afterCalls), nodes, credentials, never()));
      await write(own, second);
      await expectWhole(own, nodes);
      await persistently((afterCalls) => engine.leaveGroup(cutOff(second, afterCalls), credentials, LEAVE_MS));
      await persistently((afterCalls) => engine.rememberMembers(cutOff(first, afterCalls), [first], credentials));
      await expectWhole(own, [first]);
      await holdsSoon(async () => expect(await harness.tracesOf(second, first)).toEqual([]));
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
