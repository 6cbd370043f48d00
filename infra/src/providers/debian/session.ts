import { frame, FrameFeed } from './frames.js';
import { OutputTail } from './output-tail.js';
import { SESSION_PATH } from './preparation.js';
import { NOT_BEGUN } from './session-script.js';
import { TransportFailed, type Transport } from './transport.js';

const HEADER_BYTES = 5;
const ERRORS_BYTES_MAX = 4096;
/** What is told to end and does not is given up with its connection. */
const ENDING_MS = 15_000;

/** A short command: a script of ours that leaves nothing running. */
export interface ShortCommand {
  readonly argv: readonly string[];
  /** An account of the machine, or `-` for root. */
  readonly user: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: Uint8Array;
  readonly onOutput: (stream: 'stdout' | 'stderr', piece: Uint8Array) => void | Promise<void>;
}

/** The machine could not begin the command, and says why. */
export class CommandNotBegun extends Error {
  override readonly name = 'CommandNotBegun';
}

interface Waiting {
  readonly onOutput: ShortCommand['onOutput'];
  readonly resolve: (exitCode: number) => void;
  readonly reject: (problem: unknown) => void;
}

/** One program on a machine that runs short commands, one after the other. See session-script.ts. */
export class Session {
  private readonly feed = new FrameFeed();
  private readonly givenUp = new AbortController();
  private readonly errors = new OutputTail(ERRORS_BYTES_MAX);
  private received: Buffer = Buffer.alloc(0);
  private waiting: Waiting | undefined;
  private problem: Error | undefined;

  constructor(transport: Transport) {
    const onOutput = (stream: 'stdout' | 'stderr', piece: Uint8Array): Promise<void> | undefined => (stream === 'stdout' ? this.take(piece) : void this.errors.add(Buffer.from(piece)));
    transport.exec({ argv: ['perl', SESSION_PATH], stdin: this.feed, onOutput, signal: this.givenUp.signal }).then(
      (code) => this.fail(new TransportFailed(`the program that runs commands there ended (exit code ${code}). ${this.errors.text()}`.trim())),
      (problem: unknown) => this.fail(problem),
    );
  }

  /** False once it has ended, and once it was told to. */
  get isOpen(): boolean {
    return this.problem === undefined && !this.feed.isEnded;
  }

  /** The exit code. `over` kills the command, and with it the session. Throws TransportFailed when the end is not known, CommandNotBegun, and what the transport throws. */
  async run({ argv, user, directory, env, input, onOutput }: ShortCommand, over: AbortSignal): Promise<number> {
    if (this.problem !== undefined) throw this.problem;
    const onOver = (): void => this.close();
    over.addEventListener('abort', onOver, { once: true });
    try {
      return await new Promise<number>((resolve, reject) => {
        this.waiting = { onOutput, resolve, reject };
        if (over.aborted) return onOver();
        this.feed.push(frame('J', Buffer.from([user, directory, ...argv].join('\0'))));
        this.feed.push(frame('E', Buffer.from(Object.entries(env).map(([key, value]) => `${key}=${value}\0`).join(''))));
        if (input.length > 0) this.feed.push(frame('I', input));
        this.feed.push(frame('C'));
      });
    } finally {
      this.waiting = undefined;
      over.removeEventListener('abort', onOver);
    }
  }

  /** It ends, with what it runs. */
  close(): void {
    this.feed.end();
    setTimeout(() => this.givenUp.abort(new TransportFailed(`the program that runs commands there did not end in ${ENDING_MS} ms.`)), ENDING_MS).unref();
  }

  private fail(problem: unknown): void {
    this.problem = problem instanceof Error ? problem : new TransportFailed('the connection failed.', { cause: problem });
    this.feed.end();
    this.waiting?.reject(this.problem);
  }

  private async take(piece: Uint8Array): Promise<void> {
    this.received = Buffer.concat([this.received, piece]);
    while (this.received.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.received.readUInt32BE(1);
      if (this.received.length < end) return;
      const [letter, content] = [this.received.toString('latin1', 0, 1), this.received.subarray(HEADER_BYTES, end)];
      this.received = this.received.subarray(end);
      if (letter === 'O' || letter === 'R') await this.waiting?.onOutput(letter === 'O' ? 'stdout' : 'stderr', content);
      else if (letter === 'X') this.waiting?.resolve(Number(content.toString()));
      else if (letter === NOT_BEGUN) this.waiting?.reject(new CommandNotBegun(content.toString()));
    }
  }
}
