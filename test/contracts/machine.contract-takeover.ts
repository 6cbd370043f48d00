import { describe, expect, it } from '@jest/globals';
import type { Machine } from '@holdfast/domain';
import { eventually, LIMIT, talker, type ProviderHarness } from './machine.harness.js';

export const takingOver = (harness: () => ProviderHarness, machine: () => Machine): void => {
  const pidOf = async (name: string): Promise<number> => (await machine().serviceStatus(name)).pid ?? 0;
  const lives = (pid: number) => harness().lives(machine(), pid);
  /** Where the keeper is the machine's first process, nothing can end it but the machine's own end. */
  const kill = async (service: string): Promise<void> => {
    const { killSupervisor, provider } = harness();
    if (killSupervisor) await killSupervisor(machine(), service);
    else expect(provider.name).not.toBe('local');
  };
  describe('whose keeper died', () => {
    it('has its service go on, adopted, and never twice', async () => {
      await machine().ensureService(talker('t1', { greeting: 'only-once' }));
      const first = await pidOf('t1');
      await kill('t1');
      expect(await pidOf('t1')).toBe(first);
      await machine().ensureService(talker('t1', { greeting: 'only-once' }));
      await machine().ensureService(talker('t1', { greeting: 'only-once' }));
      expect(await pidOf('t1')).toBe(first);
      expect((await machine().exec({ argv: ['kill', '-9', String(first)], ...LIMIT })).exitCode).toBe(0);
      await eventually('it runs anew', async () => ![0, first].includes(await pidOf('t1')));
      // Told by its words, and counted by process group: a shell that forks shows its own arguments for a moment.
      const lines = (await machine().run({ argv: ['ps', '-e', '-o', 'pgid=,args='], ...LIMIT })).stdout.split('\n').map((line) => line.trim());
      expect(new Set(lines.filter((line) => /^\d+ sh -c trap .*talker only-once /.test(line)).map((line) => line.split(' ')[0])).size).toBe(1);
      await machine().removeService('t1');
    });
    it('has its service stopped all the same', async () => {
      await machine().ensureService(talker('t2'));
      const first = await pidOf('t2');
      await kill('t2');
      await machine().stopService('t2', { timeoutMs: 30_000, killAfterTimeout: false });
      expect(await lives(first)).toBe(false);
      await machine().removeService('t2');
    });
    it('keeps services of a worker that was killed, and ends its commands', async () => {
      await harness().doomed(`
        const machine = await provider.get(${JSON.stringify(machine().id)});
        await machine.ensureService(${JSON.stringify(talker('t3'))});
        const copy = machine.exec({ argv: ['sh', '-c', 'setsid sh -c "echo \\\\$\\\\$ > orphan; exec sleep 300"'], timeoutMs: 300000 });
        copy.catch(() => undefined);
        while (!(await machine.fileExists('orphan'))) await new Promise((resolve) => setTimeout(resolve, 10));
        console.log('ready');
      `);
      expect((await machine().serviceStatus('t3')).state).toBe('running');
      await eventually('its number is written', async () => (await machine().readFile('orphan')).endsWith('\n'));
      const orphan = Number(await machine().readFile('orphan'));
      await machine().removePath('orphan');
      await eventually('its command is gone', async () => !(await lives(orphan)));
      expect((await machine().serviceStatus('t3')).state).toBe('running');
      await machine().removeService('t3');
    });
  });
};
