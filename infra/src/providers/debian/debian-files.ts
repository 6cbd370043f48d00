import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { capture } from './capture.js';
import { DATA_DIRECTORY } from './debian-place.js';
import type { Job, MachineRunner, ShortJob } from './machine-runner.js';

const DEFAULT_MODE = 0o644;
/** A file of some kilobytes; a slow disk is waited for. */
const SMALL_FILE_MS = 60_000;
/** Large files take as long as they take: a connection that is cut is noticed by itself. */
const LARGE_FILE_MS = 24 * 3600_000;
/** What waits on the machine while its disk is slower than the connection. */
const UPLOAD_BUFFER_BYTES = 4 * 1024 * 1024;
const MISSING = 44;
const ERRORS_CHARACTERS_MAX = 2000;

/** PART FOLDER TARGET MODE; content by standard input. Whole or not at all: it is moved into place when all of it is on the disk. */
const WRITE = 'set -eu; umask 077; trap \'rm -f -- "$1"\' EXIT; rm -f -- "$2/.$5."*.part; cat > "$1"; chmod -- "$4" "$1"; sync "$1"; mv -T -- "$1" "$3"; sync "$2"';
const READ = `[ -e "$1" ] || { echo "$1: No such file or directory" >&2; exit ${MISSING}; }; exec cat -- "$1"`;

type Content = Pick<Job, 'input' | 'inputBytesMax' | 'timeoutMs' | 'signal'> | Pick<ShortJob, 'input' | 'isShort' | 'timeoutMs'>;

/**
 * Files of a Debian machine. All is done as the machine's account, who can neither read nor write what is not its own: a symbolic
 * link that leads elsewhere leads nowhere.
 */
export class DebianFiles {
  constructor(private readonly runner: MachineRunner) {}

  async write(path: string, content: string | Uint8Array, mode = DEFAULT_MODE): Promise<void> {
    await this.put(path, { input: content, isShort: true, timeoutMs: SMALL_FILE_MS }, mode);
  }

  async upload(path: string, source: AsyncIterable<Uint8Array>, mode = DEFAULT_MODE, signal?: AbortSignal): Promise<void> {
    await this.put(path, { input: source, inputBytesMax: UPLOAD_BUFFER_BYTES, timeoutMs: LARGE_FILE_MS, ...(signal ? { signal } : {}) }, mode);
  }

  async read(path: string): Promise<string> {
    const target = this.absolute(path);
    const pieces: Buffer[] = [];
    let errors = '';
    const onOutput = (stream: string, piece: Uint8Array): void => {
      if (stream === 'stdout') pieces.push(Buffer.from(piece));
      else errors = (errors + Buffer.from(piece).toString('utf8')).slice(-ERRORS_CHARACTERS_MAX);
    };
    const code = await this.runner.run({ argv: ['sh', '-c', READ, 'sh', target], as: 'account', isShort: true, timeoutMs: SMALL_FILE_MS, onOutput });
    if (code !== 0) throw failure(target, code, errors);
    return Buffer.concat(pieces).toString('utf8');
  }

  /** Ended on the machine too when the reader stops in the middle. Rejects with ENOENT when it is not there. */
  async *download(path: string): AsyncGenerator<Uint8Array> {
    const abort = new AbortController();
    const handOver = new HandOver();
    const target = this.absolute(path);
    let errors = '';
    const reading = this.runner
      .run({
        argv: ['sh', '-c', READ, 'sh', target],
        as: 'account',
        timeoutMs: LARGE_FILE_MS,
        signal: abort.signal,
        onOutput: (stream, piece) => {
          if (stream === 'stdout') return handOver.give(piece);
          errors = (errors + Buffer.from(piece).toString('utf8')).slice(-ERRORS_CHARACTERS_MAX);
          return undefined;
        },
      })
      .then((code) => handOver.end(code === 0 ? undefined : failure(target, code, errors)), (problem: unknown) => handOver.end(problem));
    try {
      for (let piece = await handOver.take(); piece !== undefined; piece = await handOver.take()) yield piece;
    } finally {
      abort.abort();
      handOver.abandon();
      await reading;
    }
  }

  async exists(path: string): Promise<boolean> {
    // -e follows links, as stat does.
    const { exitCode } = await this.shell('[ -e "$1" ]', [this.absolute(path)]);
    return exitCode === 0;
  }

  async remove(path: string): Promise<void> {
    const target = this.inData(path);
    const { exitCode, stderr } = await this.shell('rm -rf -- "$1"', [target]);
    if (exitCode !== 0) throw failure(target, exitCode, stderr);
  }

  absolute(path: string): string {
    return posix.resolve(DATA_DIRECTORY, path);
  }

  private async put(path: string, job: Content, mode: number): Promise<void> {
    const target = this.inData(path);
    const [folder, name] = [posix.dirname(target), posix.basename(target)];
    const part = `${folder}/.${name}.${randomBytes(6).toString('hex')}.part`;
    const argv: [string, ...string[]] = ['sh', '-c', WRITE, 'sh', part, folder, target, mode.toString(8), name];
    const { exitCode, stderr } = await capture(this.runner, { ...job, argv, as: 'account' }).catch(async (problem: unknown) => {
      // One that was ended left its part. Where the machine cannot be reached, the next write of this file removes it.
      await this.shell('rm -f -- "$1"', [part]).catch(() => undefined);
      throw problem;
    });
    if (exitCode !== 0) throw failure(target, exitCode, stderr);
  }

  private inData(path: string): string {
    const target = this.absolute(path);
    if (!target.startsWith(`${DATA_DIRECTORY}/`)) throw new Error(`${path} is not within the data directory of ${this.runner.machineId}.`);
    return target;
  }

  private shell(script: string, args: readonly string[]): ReturnType<typeof capture> {
    return capture(this.runner, { argv: ['sh', '-c', script, 'sh', ...args], as: 'account', isShort: true, timeoutMs: SMALL_FILE_MS });
  }
}

const CODES: readonly (readonly [RegExp, string])[] = [
  [/No space left on device/, 'ENOSPC'],
  [/No such file or directory/, 'ENOENT'],
  [/Permission denied/, 'EACCES'],
];

/** With the code that Node gives for the same. */
const failure = (path: string, exitCode: number, stderr: string): Error => {
  const code = exitCode === MISSING ? 'ENOENT' : CODES.find(([text]) => text.test(stderr))?.[1];
  return Object.assign(new Error(`${path}: ${stderr.trim() || `exit code ${exitCode}`}`), code === undefined ? {} : { code });
};

/** Hands pieces from who is called with them to who asks for them, one at a time. */
class HandOver {
  private piece: Uint8Array | undefined;
  private ended = false;
  private problem: Error | undefined;
  private taken: (() => void) | undefined;
  private given: (() => void) | undefined;

  give(piece: Uint8Array): Promise<void> | undefined {
    if (this.ended) return undefined;
    this.piece = piece;
    this.given?.();
    return new Promise((resolve) => (this.taken = resolve));
  }

  end(problem: unknown): void {
    this.ended = true;
    this.problem = problem === undefined || problem instanceof Error ? problem : new Error('The download failed.', { cause: problem });
    this.given?.();
  }

  /** What comes from now on goes nowhere. */
  abandon(): void {
    this.ended = true;
    this.taken?.();
  }

  async take(): Promise<Uint8Array | undefined> {
    while (this.piece === undefined && !this.ended) await new Promise<void>((resolve) => (this.given = resolve));
    const { piece } = this;
    if (piece === undefined && this.problem !== undefined) throw this.problem;
    this.piece = undefined;
    this.taken?.();
    return piece;
  }
}
