/**
 * A way to a machine that starts one program at a time on it, as root (over SSH as another account: with `sudo -n --`).
 *
 * It is told nothing of time limits, users, files or services: the programs that `DebianMachine` starts through it see to those.
 * What it must do is carry bytes, tell when the program has ended, and close its standard input when this side is gone, however
 * that happened: a command on the machine is ended by that (see runner-script.ts).
 */
export interface Transport {
  /**
   * Runs the program and answers its exit code (128 + the signal's number when a signal ended it), once it has ended and its
   * output up to then was handed over. Never more than one shell between here and the program, and none that reads `argv`
   * unquoted: `quoteForShell` makes the one string that SSH needs.
   *
   * Several may run at once. Throws TransportFailed when the program's end is not known: it may have been started, be running
   * still, or have ended. Throws `signal.reason` when that is aborted.
   */
  exec(command: TransportCommand): Promise<number>;
  /** Set where each program is let in anew, since the machine may have become another's meanwhile: none is then kept for the next command. */
  readonly checksEach?: true;
  /** Gives the connection back. What runs over it is ended. */
  close?(): Promise<void>;
}

export interface TransportCommand {
  /** Not longer than some kilobytes, and never a secret. */
  readonly argv: readonly [string, ...string[]];
  /**
   * Standard input, sent piece by piece as the other side takes it, and closed at its end. Its last piece comes only after the
   * program has ended: whoever waits for the program must not wait for this. When the program ends first, `return()` is called.
   */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Called in the order of arrival of each stream; while its promise is pending, no more is read from the connection. */
  readonly onOutput: (stream: 'stdout' | 'stderr', piece: Uint8Array) => void | Promise<void>;
  /** Gives the connection to the program up at once, whatever state it is in. */
  readonly signal: AbortSignal;
}

/** The connection was refused or was cut, or what is at its other end does not work. Worth trying again. */
export class TransportFailed extends Error {
  override readonly name = 'TransportFailed';
  /** Says more than that it cannot be reached, where waiting alone does not help: `host-key-changed`. */
  readonly unreachableCode: string | undefined;
  constructor(message: string, { unreachableCode, ...options }: ErrorOptions & { readonly unreachableCode?: string } = {}) {
    super(message, options);
    this.unreachableCode = unreachableCode;
  }
}

/** One word of a POSIX shell for each argument: within single quotes nothing has a meaning but the quote that ends them. */
export const quoteForShell = (argv: readonly string[]): string => argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
