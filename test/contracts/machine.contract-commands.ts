import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CommandFailed, MachineUnreachable, type Machine } from '@holdfast/domain';
import { eventually, LIMIT, type ProviderHarness } from './machine.harness.js';

export const commands = (machine: () => Machine): void => {
  describe('exec', () => {
    it('answers exit code, output and errors, and run throws with the last lines', async () => {
      const argv = ['sh', '-c', 'echo out; echo first; echo wrong >&2; exit 3'] as const;
      expect(await machine().exec({ argv, ...LIMIT })).toEqual({ exitCode: 3, stdout: 'out\nfirst\n', stderr: 'wrong\n' });
      await expect(machine().run({ argv, ...LIMIT })).rejects.toMatchObject({ name: 'CommandFailed', exitCode: 3, outputTail: 'wrong', machineId: machine().id });
    });
    it('answers as a shell for a program that is not there, one that may not run, and a killed one', async () => {
      expect((await machine().exec({ argv: ['no-such-program'], ...LIMIT })).exitCode).toBe(127);
      expect((await machine().exec({ argv: ['/etc/passwd'], ...LIMIT })).exitCode).toBe(126);
      expect((await machine().exec({ argv: ['sh', '-c', 'kill -TERM $$'], ...LIMIT })).exitCode).toBe(143);
    });
    it('gives standard input and closes it, also of a program that reads none', async () => {
      const input = 'äöü\0\n'.repeat(100_000);
      const { stdout } = await machine().run({ argv: ['sha256sum'], stdin: input, ...LIMIT });
      expect(stdout.split(' ')[0]).toBe(createHash('sha256').update(input).digest('hex'));
      expect((await machine().exec({ argv: ['true'], stdin: input, ...LIMIT })).exitCode).toBe(0);
      expect((await machine().exec({ argv: ['cat'], ...LIMIT })).stdout).toBe('');
    });
    it('runs in the data directory, unprivileged, without our environment', async () => {
      process.env['HOLDFAST_TEST_SECRET'] = 'not for servers';
      const { stdout } = await machine().run({ argv: ['sh', '-c', 'pwd; id -u; env'], env: { EXTRA: 'a b' }, ...LIMIT });
      delete process.env['HOLDFAST_TEST_SECRET'];
      const [directory, uid, ...environment] = stdout.split('\n');
      expect(directory).toBe(machine().dataDirectory);
      expect(uid).not.toBe('0');
      expect(environment).toContain('EXTRA=a b');
      expect(stdout).not.toContain('not for servers');
    });
    it('hands over odd characters unharmed', async () => {
      const odd = fc.string({ unit: fc.oneof(fc.constantFrom(...'\'"\\$`*?~ \t\n;&|<>(){}[]!#%-='), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })), maxLength: 40 });
      const text = odd.map((value) => value.replaceAll('\0', ''));
      await fc.assert(
        fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 4 }), async (words) => {
          const { stdout } = await machine().run({ argv: ['printf', '%s\\036', ...words], ...LIMIT });
          expect(stdout.split('\x1e').slice(0, -1)).toEqual(words.map((word) => Buffer.from(word).toString()));
        }),
        // U+10FFFE is no character, which systemd refuses to print; found by this test.
        { numRuns: 60, examples: [[['\u{10FFFE}']]] },
      );
    }, 60_000);
    it('streams output as it comes, characters whole', async () => {
      const pieces: string[] = [];
      await machine().run({ argv: ['sh', '-c', "printf '\\303'; sleep 0.1; printf '\\244'; echo e >&2"], onOutput: ({ stream, text }) => pieces.push(`${stream}:${text}`), ...LIMIT });
      expect(pieces).toContain('stdout:ä');
      expect(pieces).toContain('stderr:e\n');
    });
    it('keeps the last of 1 GB without growing', async () => {
      const before = process.memoryUsage().rss;
      let most = 0;
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
      const { stdout, stderr } = await machine().run({ argv: ['sh', '-c', 'head -c 1073741824 /dev/zero; head -c 1000000 /dev/zero >&2; echo end; echo end >&2'], timeoutMs: 120_000 });
      clearInterval(watch);
      expect(stdout.length).toBe(1024 * 1024);
      expect(stdout.endsWith('\0end\n')).toBe(true);
      expect(stderr.length).toBe(64 * 1024);
      expect(most - before).toBeLessThan(256 * 1024 * 1024);
    }, 120_000);
  });
};

export const cancelling = (harness: () => ProviderHarness, machine: () => Machine): void => {
  const gone = (pid: number) => eventually(`process ${pid} is gone`, async () => !(await harness().lives(machine(), pid)));
  describe('a command that is ended', () => {
    const printsPids = ['sh', '-c', 'sh -c "sleep 300 & echo \\$!; wait" & echo $!; wait'] as const;
    const startAndEnd = async (options: { timeoutMs: number; signal?: AbortSignal }, onPids?: () => void): Promise<{ pids: number[]; failure: unknown }> => {
      let text = '';
      const collect = (piece: { text: string }): void => {
        text += piece.text;
        if (text.trim().split('\n').length === 2) onPids?.();
      };
      const failure = await machine().exec({ argv: printsPids, onOutput: collect, ...options }).catch((problem: unknown) => problem);
      return { pids: text.trim().split('\n').map(Number), failure };
    };
    it('at its time limit takes its children and their children along', async () => {
      // It must have begun within it, also on a busy computer.
      const { pids, failure } = await startAndEnd({ timeoutMs: 4_000 });
      expect(failure).toBeInstanceOf(CommandFailed);
      expect(failure).toMatchObject({ exitCode: 'timeout' });
      expect(pids).toHaveLength(2);
      for (const pid of pids) await gone(pid);
    });
    it('by its caller does so too, at once', async () => {
      const abort = new AbortController();
      const { pids, failure } = await startAndEnd({ timeoutMs: 240_000, signal: abort.signal }, () => abort.abort());
      expect(failure).toMatchObject({ name: 'CommandFailed', exitCode: 'cancelled' });
      for (const pid of pids) await gone(pid);
    });
    it('because its connection was cut does so too', async () => {
      const { cuttable } = harness();
      if (!cuttable) return expect(harness().provider.name).toBe('local');
      const far = await cuttable.provider.get(machine().id);
      let text = '';
      const failure = await far
        .exec({
          argv: ['sh', '-c', 'setsid sh -c "trap \\"\\" TERM HUP PIPE; echo \\$\\$; sleep 300" & echo $$; sleep 300'],
          timeoutMs: 60_000,
          onOutput: (piece) => {
            text += piece.text;
            if (text.trim().split('\n').length === 2) cuttable.cut();
          },
        })
        .catch((problem: unknown) => problem);
      expect(failure).toBeInstanceOf(MachineUnreachable);
      for (const pid of text.trim().split('\n').map(Number)) await gone(pid);
      expect((await far.run({ argv: ['echo', 'well'], ...LIMIT })).stdout).toBe('well\n');
    });
    it('before it began is not begun', async () => {
      await expect(machine().exec({ argv: ['touch', 'begun'], signal: AbortSignal.abort(), ...LIMIT })).rejects.toMatchObject({ exitCode: 'cancelled' });
      expect(await machine().fileExists('begun')).toBe(false);
    });
    it('is answered for although a child of it holds its output', async () => {
      // Longer than the limit, at which it would fail.
      const { stdout } = await machine().run({ argv: ['sh', '-c', 'setsid sleep 600 & echo $!'], ...LIMIT });
      await machine().exec({ argv: ['kill', '-9', stdout.trim()], ...LIMIT });
    });
  });
};

