import { randomBytes } from 'node:crypto';
import { CommandFailed, MachineUnreachable } from '@holdfast/domain';
import { ACCOUNT, BASE_ENVIRONMENT, DATA_DIRECTORY } from './debian-place.js';
import { framesFor, onePiece } from './frames.js';
import { OutputTail } from './output-tail.js';
import { preparation, RUNNER_PATH } from './preparation.js';
import { OWN_CODE_LINE, RUNNER_EXIT_CODES } from './runner-script.js';
import { TransportFailed, type Transport } from './transport.js';

/** A command for the runner. */
export interface Job {
  readonly argv: readonly [string, ...string[]];
  /** Root only for what the machine does itself: packages, units, accounts. */
  readonly as: 'account' | 'root';
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A script of our own that leaves nothing running: needs no control group, which costs as much as all the rest of a short command. */
  readonly leavesNothing?: true;
  readonly input?: AsyncIterable<Uint8Array> | string | Uint8Array;
  /** How much input waits on the machine until its command takes it; above that, the sender waits. Default: any amount. */
  readonly inputBytesMax?: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly onOutput?: (stream: 'stdout' | 'stderr', piece: Uint8Array) => void | Promise<void>;
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

  constructor(
    readonly machineId: string,
    private readonly transport: Transport,
  ) {}

  /** The exit code. Throws CommandFailed (timeout, cancelled) without output, MachineUnreachable, and what `onOutput` throws. */
  async run(job: Job): Promise<number> {
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

  private async follow(job: Job, errors: OutputTail): Promise<number> {
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
      const input = typeof job.input === 'string' || job.input instanceof Uint8Array || job.input === undefined ? onePiece(job.input) : watched(job.input, (problem) => end({ problem }));
      const stdin = framesFor({ ...(job.as === 'root' ? { ...BASE_ENVIRONMENT, HOME: '/root' } : BASE_ENVIRONMENT), ...job.env }, input, over.signal);
      const code = await this.reach(job.argv.join(' '), () => this.transport.exec({ argv: this.runnerArgv(job), stdin, onOutput, signal: givenUp.signal }));
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
    const unit = job.leavesNothing ? '-' : `holdfast-${randomBytes(8).toString('hex')}.scope`;
    const seconds = String(Math.ceil(job.timeoutMs / 1000) + RESERVE_SECONDS);
    const bytesMax = String(job.inputBytesMax ?? Number.MAX_SAFE_INTEGER);
    return ['perl', RUNNER_PATH, unit, job.as === 'root' ? '-' : ACCOUNT, seconds, bytesMax, job.cwd ?? (job.as === 'root' ? '/' : DATA_DIRECTORY), ...job.argv];
  }

  /** @param command what it is about, for people */
  private async reach<T>(command: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (problem) {
      if (!(problem instanceof TransportFailed)) throw problem;
      const code = problem.unreachableCode === undefined ? {} : { code: problem.unreachableCode };
      throw new MachineUnreachable(`Machine ${this.machineId} cannot be reached: ${problem.message}`, { cause: problem, command, ...code });
    }
  }
}

/** A source that fails must not look like one that has ended. */
async function* watched(source: AsyncIterable<Uint8Array>, onFailure: (problem: unknown) => void): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (problem) {
    onFailure(problem);
    throw problem;
  }
}
