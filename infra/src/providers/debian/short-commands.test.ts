import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SESSION_SCRIPT } from './session-script.js';
import { CommandNotBegun, type ShortCommand } from './session.js';
import { ShortCommands } from './short-commands.js';
import { TransportFailed, type Transport, type TransportCommand } from './transport.js';

/** This computer as a machine: the script is real, only the connection is none. */
class OwnComputer implements Transport {
  readonly programs: ChildProcess[] = [];
  ended = 0;

  constructor(private readonly script: string) {}

  async exec({ argv, stdin, onOutput, signal }: TransportCommand): Promise<number> {
    const child = spawn('perl', [this.script, ...argv.slice(2)], { signal, stdio: 'pipe' });
    this.programs.push(child);
    const outputs = [this.read(child.stdout, (piece) => onOutput('stdout', piece)), this.read(child.stderr, (piece) => onOutput('stderr', piece))];
    child.stdin.on('error', () => undefined); // The end of the program says it.
    void (async () => {
      for await (const piece of stdin) child.stdin.write(piece);
      child.stdin.end();
    })();
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? 137));
    });
    await Promise.all(outputs);
    this.ended += 1;
    if (code === 137) throw new TransportFailed('It was cut.');
    return code;
  }

  private async read(from: AsyncIterable<Uint8Array>, tell: (piece: Uint8Array) => void | Promise<void>): Promise<void> {
    for await (const piece of from) await tell(piece);
  }
}

describe('short commands', () => {
  let folder: string;
  let machine: OwnComputer;
  let commands: ShortCommands;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-session-'));
    writeFileSync(join(folder, 'session.pl'), SESSION_SCRIPT);
    machine = new OwnComputer(join(folder, 'session.pl'));
    commands = new ShortCommands(machine);
  });
  afterEach(() => {
    for (const program of machine.programs) program.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  const run = async (argv: readonly string[], rest: Partial<ShortCommand> = {}, over = new AbortController().signal) => {
    const said = { stdout: '', stderr: '' };
    const onOutput = (stream: 'stdout' | 'stderr', piece: Uint8Array): void => void (said[stream] += Buffer.from(piece).toString());
    const code = await commands.run({ argv, user: '-', directory: folder, env: { PATH: process.env['PATH'] ?? '' }, input: new Uint8Array(), onOutput, ...rest }, over);
    return { code, ...said };
  };

  it('tell their code and both outputs, one after the other in one program', async () => {
    expect(await run(['sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' });
    expect(await run(['sh', '-c', 'kill -9 $$'])).toMatchObject({ code: 137 });
    expect(await run(['pwd'])).toEqual({ code: 0, stdout: `${folder}\n`, stderr: '' });
    expect((await run(['nosuch'])).code).toBe(127);
    expect(machine.programs).toHaveLength(1);
  });

  it('get arguments, environment and input as they are, however odd or long', async () => {
    const odd = 'a b"c\'d$(e)\n*\\é';
    expect(await run(['printf', '%s', odd])).toMatchObject({ stdout: odd });
    expect(await run(['sh', '-c', 'printf %s "$ODD"'], { env: { PATH: process.env['PATH'] ?? '', ODD: `x=${odd}` } })).toMatchObject({ stdout: `x=${odd}` });
    const input = Buffer.alloc(3_000_000, 'abc');
    expect((await run(['cat'], { input })).stdout).toHaveLength(input.length);
    expect(await run(['true'], { input })).toMatchObject({ code: 0 });
    expect(await run(['cat'])).toMatchObject({ code: 0, stdout: '' });
  });

  it('are beside each other up to four, and the fifth waits', async () => {
    const all = await Promise.all([1, 2, 3, 4, 5, 6].map((at) => run(['sh', '-c', `sleep 0.2; echo ${at}`])));
    expect(all.map(({ stdout }) => stdout)).toEqual(['1\n', '2\n', '3\n', '4\n', '5\n', '6\n']);
    expect(machine.programs).toHaveLength(4);
  });

  it('are killed with all they started when they are called off', async () => {
    const off = new AbortController();
    const running = run(['sh', '-c', `sleep 300 & echo $! > ${folder}/pid; wait`], {}, off.signal);
    await until(() => existsSync(join(folder, 'pid')) && readFileSync(join(folder, 'pid'), 'utf8').trim() !== '');
    off.abort();
    await expect(running).rejects.toThrow(TransportFailed);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await until(() => !isAlive(pid));
    expect(await run(['echo', 'again'])).toMatchObject({ stdout: 'again\n' });
  });

  it('are begun anew where the program they would have run in has gone meanwhile, and fail where it goes under them', async () => {
    await run(['true']);
    machine.programs[0]?.kill('SIGKILL');
    expect(await run(['echo', 'here'])).toMatchObject({ stdout: 'here\n' });
    const running = run(['sh', '-c', 'echo begun; sleep 300'], { onOutput: () => void machine.programs.at(-1)?.kill('SIGKILL') });
    await expect(running).rejects.toThrow(TransportFailed);
  });

  it('leave no program where nobody has used it for a while', async () => {
    await run(['true']);
    await until(() => machine.ended === 1);
  });

  it('have a program each where the transport lets each in anew', async () => {
    commands = new ShortCommands({ checksEach: true, exec: (command) => machine.exec(command) });
    expect(await run(['echo', 'one'])).toMatchObject({ stdout: 'one\n' });
    expect(await run(['echo', 'two'])).toMatchObject({ stdout: 'two\n' });
    expect(machine.programs).toHaveLength(2);
    await until(() => machine.ended === 2);
  });

  it('say why they could not be begun', async () => {
    const withoutFork = SESSION_SCRIPT.replace('my $pid = fork //', 'my $pid = undef //');
    expect(withoutFork).not.toBe(SESSION_SCRIPT);
    writeFileSync(join(folder, 'session.pl'), withoutFork);
    await expect(run(['true'])).rejects.toThrow(CommandNotBegun);
  });
});

/** Killed ones stay as zombies where nobody waits for them. */
const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (problem) {
    // It is gone, or goes while it is looked at.
    if (['ENOENT', 'ESRCH'].includes((problem as NodeJS.ErrnoException).code ?? '')) return false;
    throw problem;
  }
};

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await delay(20);
};
