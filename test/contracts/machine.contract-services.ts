import { describe, expect, it } from '@jest/globals';
import { CommandFailed, type Machine } from '@holdfast/domain';
import { eventually, LIMIT, talker, type ProviderHarness } from './machine.harness.js';

/** What a test asks about one service. */
const asks = (machine: () => Machine) => {
  const pidOf = async (name: string): Promise<number> => (await machine().serviceStatus(name)).pid ?? 0;
  const says = (name: string, line: RegExp) => eventually(`${name} says ${line}`, async () => (await machine().serviceLog(name, 50)).some((said) => line.test(said)));
  const running = (name: string, but: number) => eventually(`${name} runs anew`, async () => ![0, but].includes(await pidOf(name)));
  return { pidOf, says, running };
};

const STOPS_MAX = 40;
const STOP = { timeoutMs: 30_000, killAfterTimeout: false };

export const services = (harness: () => ProviderHarness, machine: () => Machine): void => {
  const lives = (pid: number) => harness().lives(machine(), pid);
  const { pidOf, says, running } = asks(machine);
  describe('a service', () => {
    it('is absent, running, stopped and absent again', async () => {
      expect(await machine().serviceStatus('s1')).toEqual({ state: 'absent' });
      await machine().ensureService(talker('s1'));
      expect(await machine().serviceStatus('s1')).toEqual({ state: 'running', pid: expect.any(Number) });
      await says('s1', /^hello \d+ it's "so"$/);
      await machine().stopService('s1', STOP);
      expect(await machine().serviceStatus('s1')).toEqual({ state: 'stopped' });
      await machine().stopService('s1', STOP);
      await machine().removeService('s1');
      await machine().removeService('s1');
      expect(await machine().serviceStatus('s1')).toEqual({ state: 'absent' });
      await machine().stopService('s1', STOP);
    });
    it('ensured twice is the same process; with another definition it is another', async () => {
      await machine().ensureService(talker('s2'));
      const first = await pidOf('s2');
      await Promise.all([machine().ensureService(talker('s2')), machine().ensureService(talker('s2'))]);
      expect(await pidOf('s2')).toBe(first);
      await machine().ensureService(talker('s2', { greeting: 'changed' }));
      expect(await pidOf('s2')).not.toBe(first);
      expect(await lives(first)).toBe(false);
      await says('s2', /^changed /);
      await machine().removeService('s2');
    });
    it('runs unprivileged and reads its configuration again', async () => {
      await machine().ensureService(talker('s3'));
      expect((await machine().run({ argv: ['ps', '-o', 'uid=', '-p', String(await pidOf('s3'))], ...LIMIT })).stdout.trim()).not.toBe('0');
      await says('s3', /^hello/);
      await machine().reloadService('s3');
      await says('s3', /^reloaded$/);
      await machine().removeService('s3');
      await expect(machine().reloadService('s3')).rejects.toBeInstanceOf(CommandFailed);
    });
    it('is started again when it dies', async () => {
      await machine().ensureService(talker('s4'));
      const first = await pidOf('s4');
      await machine().exec({ argv: ['kill', '-9', String(first)], ...LIMIT });
      await running('s4', first);
      // Ensuring it does not wait for the pause before the next start, which grows.
      const second = await pidOf('s4');
      await machine().exec({ argv: ['kill', '-9', String(second)], ...LIMIT });
      // Unless it was looked at so late that it runs anew already.
      await eventually('it is down', async () => (await pidOf('s4')) !== second);
      await machine().ensureService(talker('s4'));
      expect(await pidOf('s4')).toBeGreaterThan(0);
      await machine().removeService('s4');
    });
    it('is started again only when all that the last run left behind is gone', async () => {
      const argv = ['sh', '-c', 'setsid sh -c "trap \\"\\" TERM INT HUP; while :; do sleep 0.1; done" & echo "left $!"; while :; do sleep 0.1; done'] as const;
      await machine().ensureService({ name: 's11', argv, stopSignal: 'SIGTERM' });
      await says('s11', /^left \d+$/);
      const [first, left] = [await pidOf('s11'), Number((await machine().serviceLog('s11', 1))[0]?.split(' ')[1])];
      expect(await lives(left)).toBe(true);
      await machine().exec({ argv: ['kill', '-9', String(first)], ...LIMIT });
      let together = 0;
      await eventually(
        's11 runs anew',
        async () => {
          const isAnew = (await machine().serviceLog('s11', 50)).filter((line) => line.startsWith('left ')).length > 1;
          if (isAnew && (await lives(left))) together++;
          return isAnew;
        },
        60_000,
      );
      expect(together).toBe(0);
      await machine().removeService('s11');
    });
    it('stops soon after its end', async () => {
      let best = Infinity;
      // The best of some, since the tests' computer may be busy: a wait that is always there is in the best one too.
      for (let round = 0; best >= harness().limits.stopMs && round < STOPS_MAX; round++) {
        await machine().ensureService({ name: 's5', argv: ['sleep', '1000'], stopSignal: 'SIGINT' });
        const began = performance.now();
        await machine().stopService('s5', STOP);
        best = Math.min(best, performance.now() - began);
      }
      await machine().removeService('s5');
      expect(best).toBeLessThan(harness().limits.stopMs);
    });
  });
};

export const stoppingServices = (harness: () => ProviderHarness, machine: () => Machine): void => {
  const lives = (pid: number) => harness().lives(machine(), pid);
  const { pidOf, says, running } = asks(machine);
  describe('a service that', () => {
    it('does not stop in time: goes on running and enabled, or is killed if that was wished', async () => {
      await machine().ensureService(talker('s6', { delaySeconds: 60 }));
      await says('s6', /^hello/);
      const first = await pidOf('s6');
      const slow = { timeoutMs: 300, killAfterTimeout: false };
      await expect(machine().stopService('s6', slow)).rejects.toMatchObject({ name: 'CommandFailed', exitCode: 'timeout' });
      expect(await pidOf('s6')).toBe(first);
      expect((await machine().exec({ argv: ['kill', '-9', String(first)], ...LIMIT })).exitCode).toBe(0);
      await running('s6', first);
      const second = await pidOf('s6');
      await machine().stopService('s6', { timeoutMs: 300, killAfterTimeout: true });
      expect(await machine().serviceStatus('s6')).toEqual({ state: 'stopped' });
      expect(await lives(second)).toBe(false);
      await machine().removeService('s6');
    });
    it('can be stopped by another signal, and takes its children along', async () => {
      const argv = ['sh', '-c', 'trap "exit 0" USR1; trap "" INT; sleep 1000 & echo $!; wait'] as const;
      await machine().ensureService({ name: 's7', argv, stopSignal: 'SIGINT' });
      await says('s7', /^\d+$/);
      const child = Number((await machine().serviceLog('s7', 1))[0]);
      await machine().stopService('s7', { ...STOP, signal: 'SIGUSR1' });
      await eventually('its child is gone', async () => !(await lives(child)));
      await machine().removeService('s7');
    });
    it('runs again after a reboot unless it was stopped', async () => {
      await machine().ensureService(talker('s8'));
      await machine().ensureService(talker('s9'));
      await machine().stopService('s9', STOP);
      const before = await pidOf('s8');
      await harness().provider.reboot(machine().id);
      expect(await pidOf('s8')).not.toBe(before);
      expect(await lives(before)).toBe(false);
      expect((await machine().serviceStatus('s8')).state).toBe('running');
      expect((await machine().serviceStatus('s9')).state).toBe('stopped');
      for (const name of ['s8', 's9']) await machine().removeService(name);
    });
    it('whose program is missing says so in its log', async () => {
      await machine().ensureService({ name: 's10', argv: ['/no/such/program'], stopSignal: 'SIGTERM' });
      await says('s10', /no\/such\/program/);
      await eventually('it is stopped', async () => (await machine().serviceStatus('s10')).state === 'stopped');
      await machine().removeService('s10');
    });
    it('has a name that is one', async () => {
      for (const bad of ['../up', 'A', '', 'a b']) await expect(machine().ensureService(talker(bad))).rejects.toThrow(/name of a service/);
    });
  });
};

