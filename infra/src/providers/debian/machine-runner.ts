import { randomBytes } from 'node:crypto';
import { CommandFailed, MachineUnreachable } from '@holdfast/domain';
import { ACCOUNT, BASE_ENVIRONMENT, DATA_DIRECTORY } from './debian-place.js';
import { framesFor, onePiece } from './frames.js';
import { OutputTail } from './output-tail.js';
import { preparation, RUNNER_PATH } from './preparation.js';
import { OWN_CODE_LINE, RUNNER_EXIT_CODES } from './runner-script.js';
import { CommandNotBegun, type ShortCommand } from './session.js';
import { ShortCommands } from './short-commands.js';
import { TransportFailed, type Transport } from './transport.js';

/** A command for the runner. */
export interface Job {
  readonly argv: readonly [string, ...string[]];
  /** Root only for what the machine does itself: packages, units, accounts. */
  readonly as: 'account' | 'root';
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: AsyncIterable<Uint8Array> | string | Uint8Array;
  /** How much input waits on the machine until its command takes it; above that, the sender waits. Default: any amount. */
  readonly inputBytesMax?: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly onOutput?: (stream: 'stdout' | 'stderr', piece: Uint8Array) => void | Promise<void>;
}

/** A script of our own that is short, may be repeated and leaves nothing running: it is run in a session (see session-script.ts). */
export interface ShortJob extends Omit<Job, 'input' | 'inputBytesMax'> {
  readonly input?: string | Uint8Array;
  readonly isShort: true;
}

/** Longest delay of a Node timer. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** A machine that is told to end a command answers in milliseconds, a busy one in seconds. After that the connection is given up. */
const ENDING_MS = 15_000;
/** systemd ends a command this long after its limit, should its runner have been killed. */
const RESERVE_SECONDS = 60;
const PREPARE_MS = 60_000;
const ERRORS_BYTES_MAX = 4096;

type Ending = 'timeout' | 'cancelled';

/** Runs commands on one machine through the runner script, which it installs at first use. */
export class MachineRunner {
  private prepared: Promise<void> | undefined;
  private readonly short: ShortCommands;

  constructor(
    readonly machineId: string,
    private readonly transport: Transport,
  ) {
    this.short = new ShortCommands(transport);
  }

  /** The exit code. Throws CommandFailed (timeout, cancelled) without output, MachineUnreachable, and what `onOutput` throws. */
  async run(job: Job | ShortJob): Promise<number> {
    if (job.signal?.aborted) throw new CommandFailed(this.machineId, job.argv, 'cancelled', '');
    await this.prepare();
    const errors = new OutputTail(ERRORS_BYTES_MAX);
    const code = await this.follow(job, errors);
    if (code === RUNNER_EXIT_CODES.unheard && !errors.text().includes(OWN_CODE_LINE)) throw new MachineUnreachable(`The connection to machine ${this.machineId} was cut in the middle of ${job.argv[0]}, which was ended.`, { command: job.argv.join(' ') });
    const [, why] = code === RUNNER_EXIT_CODES.notStarted ? (/^holdfast-runner: (.*)$/m.exec(errors.text()) ?? []) : [];
    if (why !== undefined) throw new MachineUnreachable(`Machine ${this.machineId} takes no commands now: ${why}. ${errors.text().split('\n')[0] ?? ''}`);
    return code;
  }

  /** Account, folders and scripts. May be repeated; done once for each connection, and again after it failed. */
  prepare(): Promise<void> {
    this.prepared ??= this.install().catch((problem: unknown) => {
      this.prepared = undefined;
      throw problem;
    });
    return this.prepared;
  }

  private async install(): Promise<void> {
    const output = new OutputTail(ERRORS_BYTES_MAX);
    const over = AbortSignal.timeout(PREPARE_MS);
    const onOutput = (_stream: string, piece: Uint8Array): void => output.add(Buffer.from(piece));
    const code = await this.reach('the preparation of the machine', () => this.transport.exec({ argv: ['sh', '-s'], stdin: onePiece(preparation()), onOutput, signal: over }));
    if (code !== 0) throw new Error(`Machine ${this.machineId} could not be prepared (exit code ${code}): ${output.text().trim()}`);
  }

  private async follow(job: Job | ShortJob, errors: OutputTail): Promise<number> {
    const over = new AbortController();
    const givenUp = new AbortController();
    let failure: { readonly ending: Ending } | { readonly problem: unknown } | undefined;
    let patience: NodeJS.Timeout | undefined;
    const end = (why: typeof failure): void => {
      failure ??= why;
      over.abort();
      patience ??= setTimeout(() => givenUp.abort(new TransportFailed(`Machine ${this.machineId} did not end a command in ${ENDING_MS} ms.`)), ENDING_MS);
    };
    const timer = setTimeout(() => end({ ending: 'timeout' }), Math.min(job.timeoutMs, TIMER_MS_MAX));
    const onAbort = (): void => end({ ending: 'cancelled' });
    job.signal?.addEventListener('abort', onAbort, { once: true });
    const onOutput = async (stream: 'stdout' | 'stderr', piece: Uint8Array): Promise<void> => {
      if (stream === 'stderr') errors.add(Buffer.from(piece));
      try {
        await job.onOutput?.(stream, piece);
      } catch (problem) {
        end({ problem });
      }
    };
    try {
      const command = job.argv.join(' ');
      const code =
        'isShort' in job
          ? await this.reach(command, () => this.short.run(shortCommand(job, onOutput), over.signal))
          : await this.reach(command, () => this.transport.exec({ argv: this.runnerArgv(job), stdin: stdinOf(job, over.signal, (problem) => end({ problem })), onOutput, signal: givenUp.signal }));
      if (failure === undefined) return code;
    } catch (problem) {
      if (failure === undefined || givenUp.signal.aborted) throw problem;
    } finally {
      over.abort();
      clearTimeout(timer);
      clearTimeout(patience);
      job.signal?.removeEventListener('abort', onAbort);
    }
    if ('ending' in failure) throw new CommandFailed(this.machineId, job.argv, failure.ending, errors.text().trim());
    throw failure.problem instanceof Error ? failure.problem : new Error('What was told the output failed.', { cause: failure.problem });
  }

  private runnerArgv(job: Job): [string, ...string[]] {
    const unit = `holdfast-${randomBytes(8).toString('hex')}.scope`;
    const seconds = String(Math.ceil(job.timeoutMs / 1000) + RESERVE_SECONDS);
    const bytesMax = String(job.inputBytesMax ?? Number.MAX_SAFE_INTEGER);
    return ['perl', RUNNER_PATH, unit, userOf(job), seconds, bytesMax, directoryOf(job), ...job.argv];
  }

  /** @param command what it is about, for people */
  private async reach<T>(command: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (problem) {
      if (problem instanceof CommandNotBegun) throw new MachineUnreachable(`Machine ${this.machineId} takes no commands now: ${problem.message}.`, { cause: problem, command });
      if (!(problem instanceof TransportFailed)) throw problem;
      const code = problem.unreachableCode === undefined ? {} : { code: problem.unreachableCode };
      throw new MachineUnreachable(`Machine ${this.machineId} cannot be reached: ${problem.message}`, { cause: problem, command, ...code });
    }
  }
}

const environmentOf = (job: Pick<Job, 'as' | 'env'>): Readonly<Record<string, string>> => ({ ...(job.as === 'root' ? { ...BASE_ENVIRONMENT, HOME: '/root' } : BASE_ENVIRONMENT), ...job.env });
const directoryOf = (job: Pick<Job, 'as' | 'cwd'>): string => job.cwd ?? (job.as === 'root' ? '/' : DATA_DIRECTORY);
const userOf = (job: Pick<Job, 'as'>): string => (job.as === 'root' ? '-' : ACCOUNT);

const shortCommand = (job: ShortJob, onOutput: ShortCommand['onOutput']): ShortCommand => {
  const input = typeof job.input === 'string' ? Buffer.from(job.input) : (job.input ?? new Uint8Array());
  return { argv: job.argv, user: userOf(job), directory: directoryOf(job), env: environmentOf(job), input, onOutput };
};

const stdinOf = (job: Job, over: AbortSignal, onFailure: (problem: unknown) => void): AsyncIterable<Uint8Array> => {
  const { input } = job;
  const pieces = typeof input === 'string' || input instanceof Uint8Array || input === undefined ? onePiece(input) : watched(input, onFailure);
  return framesFor(environmentOf(job), pieces, over);
};

/** A source that fails must not look like one that has ended. */
async function* watched(source: AsyncIterable<Uint8Array>, onFailure: (problem: unknown) => void): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (problem) {
    onFailure(problem);
    throw problem;
  }
}
