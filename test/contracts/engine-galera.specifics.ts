import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import type { EngineCredentials } from '@holdfast/domain';
import { SERVICE } from './engine-mysql.harness.js';
import { expectWhole, type GroupContext, TEST_TIMEOUT_MS, write } from './multi-primary-engine.contract-context.js';

const LOOK_EVERY_MS = 100;
const LOG_LINES_MAX = 10_000;

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

/** What only Galera does. */
export const galeraSpecifics = (context: GroupContext, watch: () => ArgumentWatch, secrets: readonly string[]): void => {
  it(
    'goes on by itself when all servers were killed and their machines have started them again',
    async () => {
      const { members } = context;
      for (const node of members) await write(context, node);
      const pids = await Promise.all(members.map(async ({ machine }) => (await machine.serviceStatus(SERVICE)).pid ?? 0));
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await expectWhole(context, members);
    },
    TEST_TIMEOUT_MS,
  );

  it('shows no password in arguments, in the middle of a transfer neither, and none in logs', async () => {
    expect(watch().transfers).toBeGreaterThan(10);
    expect([...watch().told]).toEqual([]);
    for (const { machine } of context.members) {
      const log = (await machine.serviceLog(SERVICE, LOG_LINES_MAX)).join('\n');
      expect(log).toContain('WSREP');
      for (const secret of secrets) expect(log.includes(secret)).toBe(false);
    }
  });
};
