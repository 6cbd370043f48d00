import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** Told to the person who waits: one line for each thing done. */
export type Report = (line: string) => void;

/** A program needed for an installation failed, or is missing. The message says what to run by hand. */
export class ToolInstallFailed extends Error {
  override readonly name = 'ToolInstallFailed';
}

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Output {
  /** 127 when there is no such program, 124 when it was killed at its limit. */
  readonly exitCode: number;
  /** Standard output and error as they came, at most the last 64 KiB. */
  readonly text: string;
}

const OUTPUT_BYTES_MAX = 64 * 1024;
const TAIL_LINES = 8;

/** Runs a program by its argument list; never throws for what the program does. */
export const runProgram = (argv: readonly [string, ...string[]], options: CommandOptions): Promise<Output> =>
  new Promise((resolve) => {
    const [program, ...rest] = argv;
    const child = spawn(program, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    let text = '';
    const keep = (piece: Buffer): void => {
      text = (text + piece.toString()).slice(-OUTPUT_BYTES_MAX);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (problem) => resolve({ exitCode: 127, text: problem.message }));
    // A killed program's children may hold the pipes open for ever.
    child.on('exit', (_code, signal) => {
      if (signal === null) return;
      child.stdout.destroy();
      child.stderr.destroy();
    });
    child.on('close', (code) => resolve({ exitCode: code ?? 124, text }));
  });

/** Runs it up to three times, since registries and mirrors fail now and then. Throws ToolInstallFailed with the output's end. */
export const runWithRetries = async (argv: readonly [string, ...string[]], options: CommandOptions, report: Report): Promise<string> => {
  for (const waitMs of [2_000, 5_000, undefined]) {
    const output = await runProgram(argv, options);
    if (output.exitCode === 0) return output.text;
    const problem = `${argv.join(' ')} ended with ${output.exitCode}.\n${tail(output.text)}`;
    if (waitMs === undefined || output.exitCode === 127) throw new ToolInstallFailed(problem);
    report(`${argv[0]} ended with ${output.exitCode}; it is tried again in ${waitMs / 1000} s.`);
    await delay(waitMs);
  }
  throw new ToolInstallFailed(argv.join(' '));
};

const tail = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .slice(-TAIL_LINES)
    .map((line) => `  ${line}`)
    .join('\n');
