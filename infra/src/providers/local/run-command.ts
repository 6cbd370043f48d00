import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import { CommandFailed, MachineUnreachable, type Command, type CommandResult } from '@holdfast/domain';
import { openCommandMarker } from './command-markers.js';
import { OutputTail } from '../debian/output-tail.js';
import { baseEnvironment, type MachinePlace } from './machine-place.js';
import { killGroup } from './process-table.js';

const STDOUT_BYTES_MAX = 1024 * 1024;
const STDERR_BYTES_MAX = 64 * 1024;
/** Longest delay of a Node timer. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** A program's background children may hold its output open for ever: what has not come so long after its end is not waited for. */
const DRAIN_MS = 500;
const TAIL_CHARACTERS = 2000;
/** What a shell answers for a program that is not there, and for one that may not be run. */
const EXIT_NOT_FOUND = 127;
const EXIT_NOT_EXECUTABLE = 126;

/** Runs a command on the machine as its unprivileged user, in a process group and session of its own. See `Machine.exec`. */
export const runCommand = async (place: MachinePlace, command: Command): Promise<CommandResult> => {
  const cwd = command.cwd ?? place.dataDirectory;
  if (!existsSync(place.dataDirectory)) throw new MachineUnreachable(`Machine ${place.machineId} does not exist.`);
  if (command.signal?.aborted) throw new CommandFailed(place.machineId, command.argv, 'cancelled', '');
  return follow(place, command, start(place, command, cwd));
};

const start = (place: MachinePlace, command: Command, cwd: string): ChildProcess => {
  const marker = openCommandMarker(place);
  try {
    const [program, ...rest] = command.argv;
    return spawn(program, rest, {
      cwd,
      env: { ...baseEnvironment(place), ...command.env },
      ...(place.runAs ?? {}),
      detached: true,
      stdio: [command.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', marker],
    });
  } finally {
    closeSync(marker);
  }
};

const follow = (place: MachinePlace, command: Command, child: ChildProcess): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    const stdout = new OutputTail(STDOUT_BYTES_MAX);
    const stderr = new OutputTail(STDERR_BYTES_MAX);
    let failure: unknown;
    const end = (reason: unknown): void => {
      failure ??= reason;
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const endAs = (why: 'timeout' | 'cancelled') => (): void => end(why);
    const timer = setTimeout(endAs('timeout'), Math.min(command.timeoutMs, TIMER_MS_MAX));
    const onAbort = endAs('cancelled');
    command.signal?.addEventListener('abort', onAbort, { once: true });
    collect(child, 'stdout', stdout, command, end);
    collect(child, 'stderr', stderr, command, end);
    feed(child, command.stdin);
    child.once('error', (problem: NodeJS.ErrnoException) => {
      if (problem.code !== 'ENOENT' && problem.code !== 'EACCES') failure ??= problem;
      else stderr.add(Buffer.from(`${problem.message}\n`));
    });
    child.once('exit', () => {
      clearTimeout(timer);
      command.signal?.removeEventListener('abort', onAbort);
      const drained = setTimeout(() => [child.stdout, child.stderr].forEach((pipe) => pipe?.destroy()), DRAIN_MS);
      child.once('close', () => clearTimeout(drained));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      command.signal?.removeEventListener('abort', onAbort);
      const result = { exitCode: exitCodeOf(code, signal), stdout: stdout.text(), stderr: stderr.text() };
      if (failure === undefined) resolve(result);
      else if (failure === 'timeout' || failure === 'cancelled') reject(new CommandFailed(place.machineId, command.argv, failure, outputTail(result)));
      else reject(failure instanceof Error ? failure : new Error('What was told the output failed.', { cause: failure }));
    });
  });

const collect = (child: ChildProcess, stream: 'stdout' | 'stderr', tail: OutputTail, command: Command, end: (reason: unknown) => void): void => {
  const decoder = new StringDecoder('utf8');
  const tell = (text: string): void => {
    if (text === '') return;
    try {
      command.onOutput?.({ stream, text });
    } catch (problem) {
      end(problem);
    }
  };
  child[stream]?.on('data', (piece: Buffer) => {
    tail.add(piece);
    if (command.onOutput) tell(decoder.write(piece));
  });
  child[stream]?.once('end', () => tell(decoder.end()));
};

/** A program that ends without reading all its input closes the pipe: its exit code says whether that was wrong. */
const feed = (child: ChildProcess, stdin: Command['stdin']): void => {
  if (stdin === undefined || !child.stdin) return;
  child.stdin.on('error', (problem: NodeJS.ErrnoException) => {
    if (problem.code !== 'EPIPE' && problem.code !== 'ECONNRESET') child.emit('error', problem);
  });
  child.stdin.end(stdin);
};

/** As a shell counts: 128 and the signal's number for a killed program. Node gives negative codes for what it could not start. */
const exitCodeOf = (code: number | null, signal: NodeJS.Signals | null): number => {
  if (code === null) return 128 + (signal === null ? 0 : constants.signals[signal]);
  if (code === -constants.errno.EACCES) return EXIT_NOT_EXECUTABLE;
  return code < 0 ? EXIT_NOT_FOUND : code;
};

export const outputTail = ({ stdout, stderr }: Pick<CommandResult, 'stdout' | 'stderr'>): string => (stderr.trim() === '' ? stdout : stderr).trim().slice(-TAIL_CHARACTERS);
