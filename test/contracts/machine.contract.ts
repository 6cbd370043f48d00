import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CommandFailed, SoftwareNotAvailable, type Machine, type ServiceSpec } from '@holdfast/domain';
import { eventually, pidLives, request, type MakeProviderHarness, type ProviderHarness } from './machine.harness.js';

const LIMIT = { timeoutMs: 20_000 };

/** What every machine promises to engines and endpoints. */
export const machineContract = (name: string, make: MakeProviderHarness): void => {
  describe(`machine of ${name}`, () => {
    let harness: ProviderHarness;
    let machine: Machine;
    beforeAll(async () => {
      harness = await make();
      machine = await harness.provider.create(request());
    });
    afterAll(async () => harness?.destroy());

    commands(() => machine);
    cancelling(() => machine);
    files(() => machine);
    software(() => machine);
    services(() => harness, () => machine);
    takingOver(() => harness, () => machine);
  });
};

const commands = (machine: () => Machine): void => {
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
      const { createHash } = await import('node:crypto');
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
        { numRuns: 60 },
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

const cancelling = (machine: () => Machine): void => {
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
      const { pids, failure } = await startAndEnd({ timeoutMs: 700 });
      expect(failure).toBeInstanceOf(CommandFailed);
      expect(failure).toMatchObject({ exitCode: 'timeout' });
      expect(pids).toHaveLength(2);
      for (const pid of pids) await eventually(`process ${pid} is gone`, () => !pidLives(pid), 2_000);
    });
    it('by its caller does so too, at once', async () => {
      const abort = new AbortController();
      const began = performance.now();
      const { pids, failure } = await startAndEnd({ timeoutMs: 60_000, signal: abort.signal }, () => abort.abort());
      expect(failure).toMatchObject({ name: 'CommandFailed', exitCode: 'cancelled' });
      expect(performance.now() - began).toBeLessThan(5_000);
      for (const pid of pids) await eventually(`process ${pid} is gone`, () => !pidLives(pid), 2_000);
    });
    it('before it began is not begun', async () => {
      await expect(machine().exec({ argv: ['touch', 'begun'], signal: AbortSignal.abort(), ...LIMIT })).rejects.toMatchObject({ exitCode: 'cancelled' });
      expect(await machine().fileExists('begun')).toBe(false);
    });
    it('is answered for although a child of it holds its output', async () => {
      const began = performance.now();
      const { stdout } = await machine().run({ argv: ['sh', '-c', 'setsid sleep 30 & echo $!'], ...LIMIT });
      expect(performance.now() - began).toBeLessThan(5_000);
      await machine().exec({ argv: ['kill', '-9', stdout.trim()], ...LIMIT });
    });
  });
};

const files = (machine: () => Machine): void => {
  describe('files', () => {
    it('are written whole with their mode, read, found and removed, more than once', async () => {
      await machine().writeFile('a file', 'one');
      await machine().writeFile('a file', 'two äö\n', { mode: 0o600 });
      expect(await machine().readFile('a file')).toBe('two äö\n');
      expect(await machine().readFile(`${machine().dataDirectory}/a file`)).toBe('two äö\n');
      expect((await machine().run({ argv: ['stat', '-c', '%a', 'a file'], ...LIMIT })).stdout).toBe('600\n');
      expect((await machine().run({ argv: ['sh', '-c', 'echo more >> "a file" && ls -A'], ...LIMIT })).stdout).not.toContain('.a file');
      await machine().run({ argv: ['mkdir', '-p', 'folder/below'], ...LIMIT });
      await machine().writeFile('folder/below/f', new Uint8Array([104, 105]));
      await machine().removePath('folder');
      await machine().removePath('folder');
      await machine().removePath('no/such/folder');
      expect(await machine().fileExists('folder')).toBe(false);
      expect(await machine().fileExists('a file')).toBe(true);
    });
    it('fail to be read when they are not there', async () => {
      await expect(machine().readFile('not there')).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });
};

const software = (machine: () => Machine): void => {
  it('has programs, or says which it has instead', async () => {
    const { binDirectory } = await machine().ensureSoftware('postgresql', '18');
    expect((await machine().run({ argv: [`${binDirectory}/postgres`, '--version'], ...LIMIT })).stdout).toMatch(/ 18[.\d]*\n/);
    const refusal = await machine().ensureSoftware('postgresql', '9').catch((problem: unknown) => problem);
    expect(refusal).toBeInstanceOf(SoftwareNotAvailable);
    expect((refusal as SoftwareNotAvailable).available).toContain('18');
    await expect(machine().ensureSoftware('no-such-software', '1')).rejects.toMatchObject({ available: [] });
  });
  it('tells how it is', async () => {
    const metrics = await machine().metrics();
    expect(metrics.diskFreeBytes).toBeLessThan(metrics.diskTotalBytes);
    expect(metrics.memoryAvailableBytes).toBeLessThan(metrics.memoryTotalBytes);
    expect(metrics.memoryTotalBytes).toBeGreaterThan(64 * 1024 ** 2);
    expect(metrics.cpuCount).toBeGreaterThan(0);
    expect(metrics.loadAverage1m).toBeGreaterThanOrEqual(0);
  });
};

/** Says who it is at its start, what signals it gets, and takes `delay` to stop. */
export const talker = (name: string, options: { delaySeconds?: number; greeting?: string } = {}): ServiceSpec => ({
  name,
  argv: [
    'sh',
    '-c',
    'trap "echo reloaded" HUP; trap "sleep $2; echo bye; exit 0" INT; trap "" TERM; echo "$1 $$ $WORD"; while :; do sleep 0.02; done',
    'talker',
    options.greeting ?? 'hello',
    String(options.delaySeconds ?? 0),
  ],
  env: { WORD: "it's \"so\"" },
  stopSignal: 'SIGINT',
  reloadSignal: 'SIGHUP',
});

const services = (harness: () => ProviderHarness, machine: () => Machine): void => {
  const pidOf = async (name: string): Promise<number> => (await machine().serviceStatus(name)).pid ?? 0;
  const says = (name: string, line: RegExp) => eventually(`${name} says ${line}`, async () => (await machine().serviceLog(name, 50)).some((said) => line.test(said)));
  const running = (name: string, but: number) => eventually(`${name} runs anew`, async () => ![0, but].includes(await pidOf(name)));
  const stopOptions = { timeoutMs: 5_000, killAfterTimeout: false };

  describe('a service', () => {
    it('is absent, running, stopped and absent again', async () => {
      expect(await machine().serviceStatus('s1')).toEqual({ state: 'absent' });
      await machine().ensureService(talker('s1'));
      expect(await machine().serviceStatus('s1')).toEqual({ state: 'running', pid: expect.any(Number) });
      await says('s1', /^hello \d+ it's "so"$/);
      await machine().stopService('s1', stopOptions);
      expect(await machine().serviceStatus('s1')).toEqual({ state: 'stopped' });
      await machine().stopService('s1', stopOptions);
      await machine().removeService('s1');
      await machine().removeService('s1');
      expect(await machine().serviceStatus('s1')).toEqual({ state: 'absent' });
      await machine().stopService('s1', stopOptions);
    });
    it('ensured twice is the same process; with another definition it is another', async () => {
      await machine().ensureService(talker('s2'));
      const first = await pidOf('s2');
      await Promise.all([machine().ensureService(talker('s2')), machine().ensureService(talker('s2'))]);
      expect(await pidOf('s2')).toBe(first);
      await machine().ensureService(talker('s2', { greeting: 'changed' }));
      expect(await pidOf('s2')).not.toBe(first);
      expect(pidLives(first)).toBe(false);
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
      await eventually('it is down', async () => (await machine().serviceStatus('s4')).state === 'stopped');
      await machine().ensureService(talker('s4'));
      expect(await pidOf('s4')).toBeGreaterThan(0);
      await machine().removeService('s4');
    });
    it('stops within 25 ms of its end', async () => {
      const times: number[] = [];
      for (let round = 0; round < 5; round++) {
        await machine().ensureService({ name: 's5', argv: ['sleep', '1000'], stopSignal: 'SIGINT' });
        const began = performance.now();
        await machine().stopService('s5', stopOptions);
        times.push(performance.now() - began);
      }
      await machine().removeService('s5');
      expect(times.sort((a, b) => a - b)[2]).toBeLessThan(25);
    });
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
      expect(pidLives(second)).toBe(false);
      await machine().removeService('s6');
    });
    it('can be stopped by another signal, and takes its children along', async () => {
      const argv = ['sh', '-c', 'trap "exit 0" USR1; trap "" INT; sleep 1000 & echo $!; wait'] as const;
      await machine().ensureService({ name: 's7', argv, stopSignal: 'SIGINT' });
      await says('s7', /^\d+$/);
      const child = Number((await machine().serviceLog('s7', 1))[0]);
      await machine().stopService('s7', { ...stopOptions, signal: 'SIGUSR1' });
      await eventually('its child is gone', () => !pidLives(child), 1_000);
      await machine().removeService('s7');
    });
    it('runs again after a reboot unless it was stopped', async () => {
      await machine().ensureService(talker('s8'));
      await machine().ensureService(talker('s9'));
      await machine().stopService('s9', stopOptions);
      const before = await pidOf('s8');
      await harness().provider.reboot(machine().id);
      expect(await pidOf('s8')).not.toBe(before);
      expect(pidLives(before)).toBe(false);
      expect((await machine().serviceStatus('s8')).state).toBe('running');
      expect((await machine().serviceStatus('s9')).state).toBe('stopped');
      for (const name of ['s8', 's9']) await machine().removeService(name);
    });
    it('whose program is missing says so in its log', async () => {
      await machine().ensureService({ name: 's10', argv: ['/no/such/program'], stopSignal: 'SIGTERM' });
      await says('s10', /no\/such\/program/);
      expect((await machine().serviceStatus('s10')).state).toBe('stopped');
      await machine().removeService('s10');
    });
    it('has a name that is one', async () => {
      for (const bad of ['../up', 'A', '', 'a b']) await expect(machine().ensureService(talker(bad))).rejects.toThrow(/name of a service/);
    });
  });
};

const takingOver = (harness: () => ProviderHarness, machine: () => Machine): void => {
  const pidOf = async (name: string): Promise<number> => (await machine().serviceStatus(name)).pid ?? 0;
  describe('whose keeper died', () => {
    it('has its service go on, adopted, and never twice', async () => {
      await machine().ensureService(talker('t1'));
      const first = await pidOf('t1');
      await harness().killSupervisor(machine(), 't1');
      expect(await pidOf('t1')).toBe(first);
      await machine().ensureService(talker('t1'));
      await machine().ensureService(talker('t1'));
      expect(await pidOf('t1')).toBe(first);
      expect((await machine().exec({ argv: ['kill', '-9', String(first)], ...LIMIT })).exitCode).toBe(0);
      await eventually('it runs anew', async () => ![0, first].includes(await pidOf('t1')), 4_000);
      const lines = (await machine().run({ argv: ['ps', '-e', '-o', 'args='], ...LIMIT })).stdout.split('\n');
      expect(lines.filter((line) => line.startsWith('sh -c trap "echo reloaded"'))).toHaveLength(1);
      await machine().removeService('t1');
    });
    it('has its service stopped all the same', async () => {
      await machine().ensureService(talker('t2'));
      const first = await pidOf('t2');
      await harness().killSupervisor(machine(), 't2');
      await machine().stopService('t2', { timeoutMs: 5_000, killAfterTimeout: false });
      expect(pidLives(first)).toBe(false);
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
      const orphan = Number(await machine().readFile('orphan'));
      await eventually('its number is written', async () => (await machine().readFile('orphan')).trim() !== '');
      await machine().removePath('orphan');
      expect(pidLives(orphan)).toBe(false);
      expect((await machine().serviceStatus('t3')).state).toBe('running');
      await machine().removeService('t3');
    });
  });
};
