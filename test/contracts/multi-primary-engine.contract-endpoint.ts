import { expect, it } from '@jest/globals';
import type { EngineNode, Machine, MemberHealth } from '@holdfast/domain';
import { HaproxyEndpoint } from '@holdfast/infra/endpoints/haproxy';
import { acknowledges } from '../support/acknowledges.js';
import { pause } from './engine.harness.js';
import { eventually } from './machine.harness.js';
import { expectWhole, type GroupContext, look, SEEN_MS, TEST_TIMEOUT_MS, third } from './multi-primary-engine.contract-context.js';
import { type GroupHarness, GroupWriter } from './multi-primary-engine.harness.js';

const PORTS = { readWrite: 23_306, readOnly: 23_307 };
/** Longer than an endpoint needs to leave a member that says no. */
const LEFT_MS = 5_000;
const LOOKS = 25;

interface Led {
  readonly endpoint: Machine;
  /** The member that answers a new client now. */
  behind(side: keyof typeof PORTS): Promise<string>;
  /** The endpoint, as if it were the server of a member. */
  readonly asNode: EngineNode;
}

/** Runs `work` with an endpoint that leads to the group as operations have it: writers to the first, readers to the others. */
const whileLed = async (context: GroupContext, work: (led: Led) => Promise<void>): Promise<void> => {
  const { harness } = context;
  const driver = new HaproxyEndpoint();
  const [first, ...others] = third(context);
  const endpoint = await harness.createEndpoint(Object.values(PORTS));
  const backend = ({ name, machine, port }: EngineNode): { name: string; host: string; port: number } => ({ name, host: machine.address, port });
  await driver.open(endpoint, PORTS, { readWrite: backend(first), readOnly: others.map(backend), allTakeWrites: true, check: harness.check });
  try {
    await work({ endpoint, behind: (side) => harness.addressBehind(endpoint.address, PORTS[side]), asNode: { ...first, name: 'endpoint', machine: endpoint, port: PORTS.readWrite } });
  } finally {
    await driver.close(endpoint);
  }
};

const isLedTo = (led: Led, side: keyof typeof PORTS, node: EngineNode): Promise<void> =>
  eventually(`${node.name} is led to`, async () => (await led.behind(side).catch(() => '')) === node.machine.address, SEEN_MS);

/** Many new clients, one after the other, and none of them gets to the member. */
const expectNeverLedTo = async (led: Led, node: EngineNode): Promise<void> => {
  for (let looks = 0; looks < LOOKS; looks++) {
    for (const side of ['readWrite', 'readOnly'] as const) expect(await led.behind(side)).not.toBe(node.machine.address);
  }
};

/** Some new clients of each side are served, by others. */
const isLeftAlone = async (led: Led, node: EngineNode): Promise<boolean> => {
  for (let looks = 0; looks < 4; looks++) {
    for (const side of ['readWrite', 'readOnly'] as const) if ([node.machine.address, ''].includes(await led.behind(side).catch(() => ''))) return false;
  }
  return true;
};

/** It answers, and says no. */
const takesNoWrites = (health: MemberHealth): boolean => health.reachable && !health.writable;

export const leading = (context: GroupContext): void => {
  it(
    'is led to by its members that are whole, and not by one that only listens',
    async () => {
      const { harness } = context;
      const [first, second, last] = third(context);
      await whileLed(context, async (led) => {
        await isLedTo(led, 'readWrite', first);
        // Of the writer and of a reader, whose clients find another.
        for (const node of [first, last]) {
          await harness.stepOut(node);
          await eventually('it says that it is out', async () => takesNoWrites(await look(context, node)), SEEN_MS);
          await eventually('the endpoint has seen it', () => isLeftAlone(led, node), SEEN_MS);
          await expectNeverLedTo(led, node);
          await isLedTo(led, 'readWrite', node === first ? second : first);
          await harness.stepIn(node);
          await expectWhole(context, context.members);
        }
        await isLedTo(led, 'readWrite', first);
      });
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'has its writers led away from a member that is killed, and back to it only when it takes writes',
    async () => {
      const { harness, members } = context;
      const [first] = third(context);
      await whileLed(context, async (led) => {
        await isLedTo(led, 'readWrite', first);
        const writer = new GroupWriter(harness, [led.asNode]);
        try {
          await acknowledges(writer, 20);
          await harness.kill(first);
          await eventually('it is led away from', async () => (await led.behind('readWrite').catch(() => first.machine.address)) !== first.machine.address, SEEN_MS);
          await expectWhole(context, members);
          await isLedTo(led, 'readWrite', first);
        } finally {
          await writer.stop();
        }
        console.log(`The writer's member was killed: longest gap ${Math.round(writer.longestGapMs)} ms, ${writer.acknowledged.length} writes acknowledged, ${writer.refusals.length} broken.`, writer.refusals);
        expect(writer.answeredErrors).toEqual([]);
        context.written.push(...writer.acknowledged);
        await expectWhole(context, members);
      });
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'keeps the clients of a member that cannot be asked: one that is full, wants TLS, has locked the account or does not know it',
    async () => {
      const { harness } = context;
      const [first] = third(context);
      await whileLed(context, async (led) => {
        await isLedTo(led, 'readWrite', first);
        const client = await harness.connect(led.asNode);
        await filled(harness, first, async () => {
          await pause(LEFT_MS);
          await client.read();
        });
        for (const statements of harness.hindrances) {
          await harness.hinder(first, statements);
          await pause(LEFT_MS);
          await client.read();
        }
        await client.close();
        expect(await led.behind('readWrite')).toBe(first.machine.address);
      });
    },
    TEST_TIMEOUT_MS,
  );
};

/** With as many clients as it takes; the limit is lifted again whatever happens. */
const filled = async (harness: GroupHarness, node: EngineNode, work: () => Promise<void>): Promise<void> => {
  const PLACES = 10;
  await harness.limitConnections(node, PLACES);
  const clients: Awaited<ReturnType<GroupHarness['connect']>>[] = [];
  try {
    await expect(
      (async () => {
        for (let place = 0; place <= PLACES; place++) clients.push(await harness.connect(node));
      })(),
    ).rejects.toThrow(/[Tt]oo many connections/);
    await work();
  } finally {
    for (const client of clients) await client.close();
    await harness.limitConnections(node, 500);
  }
};
