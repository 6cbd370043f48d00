import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { holdsSoon } from '../support/holds-soon.js';
import { never } from './engine.harness.js';
import { SERVICE } from './engine-mysql.harness.js';
import { eventually } from './machine.harness.js';
import { expectWhole, type GroupContext, isWhole, LEAVE_MS, look, SEEN_MS, TEST_TIMEOUT_MS, third, write } from './multi-primary-engine.contract-context.js';

const LOOK_EVERY_MS = 100;
const LOG_LINES_MAX = 10_000;
/** In the log of a member whose start waits until the others have given it up. */
const WAITS = 'this member was killed; it waits';

const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // It has ended meanwhile.
  }
};

/** Looks at the arguments of all of this computer's processes for as long as it runs: scripts of a transfer live for moments. */
export class ArgumentWatch {
  readonly told = new Set<string>();
  transfers = 0;
  private readonly timer = setInterval(() => this.look(), LOOK_EVERY_MS);

  constructor(private readonly secrets: readonly string[]) {}

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const line of readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(commandLine)) {
      if (line.includes('wsrep_sst_mariabackup')) this.transfers += 1;
      if (this.secrets.some((secret) => line.includes(secret))) this.told.add(line);
    }
  }
}

/** The parts of the passwords that no program's own text holds, and what the driver makes of them for copies. */
export const secretsOf = ({ superuser, replication, application }: EngineCredentials, copies: string): string[] => [...[superuser, replication, application].map(({ password }) => password.slice(-20)), copies];

const killAll = async (nodes: readonly EngineNode[]): Promise<void> => {
  const pids = await Promise.all(nodes.map(async ({ machine }) => (await machine.serviceStatus(SERVICE)).pid ?? NaN));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
};

/** Its power is cut, and those who are left agree that it is gone. */
const lose = async (context: GroupContext, lost: EngineNode, left: readonly EngineNode[]): Promise<void> => {
  await context.harness.cutPower(lost);
  await eventually(`${lost.name} is missed`, async () => (await Promise.all(left.map((node) => look(context, node)))).every((health) => isWhole(health, left)), SEEN_MS);
};

const linesOf = async ({ machine }: EngineNode, words: string): Promise<number> => (await machine.serviceLog(SERVICE, LOG_LINES_MAX)).filter((line) => line.includes(words)).length;

/** What only Galera does. */
export const galeraSpecifics = (context: GroupContext, watch: () => ArgumentWatch, secrets: readonly string[]): void => {
  it(
    'goes on by itself when all servers were killed and their machines have started them again',
    async () => {
      const { members } = context;
      for (const node of members) await write(context, node);
      await killAll(members);
      await expectWhole(context, members);
      for (const node of members) expect(await linesOf(node, WAITS)).toBeGreaterThan(0);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'lets a member that left in good order come back without waiting',
    async () => {
      const { harness, members } = context;
      const { engine, credentials } = harness;
      const [node] = third(context);
      const before = await linesOf(node, WAITS);
      await engine.leaveGroup(node, credentials, LEAVE_MS);
      await engine.joinGroup(node, members, credentials, never());
      await expectWhole(context, members);
      expect(await linesOf(node, WAITS)).toBe(before);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'refuses one that was given up as lost and comes back, also after all others were started anew, and lets in a member that was away',
    async () => {
      const { harness, members } = context;
      const { engine, credentials } = harness;
      const lost = await harness.createNode('lost');
      const [away, ...others] = [...third(context), lost];
      await engine.install(lost);
      for (const node of members) await engine.rememberMembers(node, [...members, lost], credentials);
      await engine.joinGroup(lost, [...members, lost], credentials, never());

      await lose(context, away, others);
      for (const node of others) await write(context, node);
      const increments = await linesOf(away, 'IST received');
      await harness.powerOn(away);
      await expectWhole(context, [...members, lost]);
      expect(await linesOf(away, 'IST received')).toBe(increments + 1);

      await lose(context, lost, members);
      for (const node of members) await engine.rememberMembers(node, members, credentials);
      await write(context, away);
      await harness.powerOn(lost);
      const refusals = async (): Promise<number[]> => Promise.all(members.map((node) => linesOf(node, `${lost.machine.address} not found in allowlist`)));
      await eventually('each has refused it', async () => (await refusals()).every((count) => count > 0), SEEN_MS);
      // Not beside them: in the moment in which a server opens its tables MariaDB lets anybody in (docs/decisions/0035-a-hole-in-the-list-of-members.md).
      await harness.cutPower(lost);
      await killAll(members);
      await expectWhole(context, members);
      const before = await refusals();
      await harness.powerOn(lost);
      await eventually('each refuses it still', async () => (await refusals()).every((count, at) => count > (before[at] ?? 0)), SEEN_MS);
      expect(await look(context, lost)).not.toMatchObject({ hasQuorum: true });
      for (const node of members) await write(context, node);
      await expectWhole(context, members);
      for (const node of members) await holdsSoon(async () => expect(await harness.tracesOf(lost, node)).toEqual([]));
      await harness.cutPower(lost);
    },
    TEST_TIMEOUT_MS,
  );

  it('shows no password in arguments, in the middle of a transfer neither, and none in logs', async () => {
    expect(watch().transfers).toBeGreaterThan(0);
    expect([...watch().told]).toEqual([]);
    for (const { machine } of context.members) {
      const log = (await machine.serviceLog(SERVICE, LOG_LINES_MAX)).join('\n');
      expect(log).toContain('WSREP');
      for (const secret of secrets) expect(log.includes(secret)).toBe(false);
    }
  });
};
