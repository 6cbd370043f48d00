/** The parts that `./holdfast up` starts, in the order they are stopped in reverse. */
export const PART_NAMES = ['event-store', 'temporal', 'api', 'worker', 'projector'] as const;

export type PartName = (typeof PART_NAMES)[number];

/**
 * `not-answering`: the process lives, but is not ready. `elsewhere`: the environment names one that is not ours to start.
 */
export type PartState = 'running' | 'not-answering' | 'stopped' | 'elsewhere';

export interface PartStatus {
  readonly name: PartName;
  readonly state: PartState;
  readonly pid?: number;
  /** Where it is reached: an URL, or host and port. */
  readonly address?: string;
}

/** One part of the stack. Every call may be repeated. */
export interface Part {
  readonly name: PartName;
  readonly logFile: string;
  status(): Promise<PartStatus>;
  /** Starts it when it does not run, and answers when it is ready. Throws PortInUse or PartNotReady. */
  start(): Promise<'started' | 'was-running'>;
  /** Asks it to stop, waits, and ends it by force past its limit. */
  stop(): Promise<'stopped' | 'was-stopped'>;
  /** SIGKILL, as a test of what survives; answers when it is gone. */
  kill(): Promise<void>;
}

/** A port that a part needs is held by another program. */
export class PortInUse extends Error {
  override readonly name = 'PortInUse';
  constructor(
    readonly part: PartName,
    readonly port: number,
    /** Name and pid. */
    readonly holder: string,
    /** The variable that chooses another port. */
    readonly variable: string,
  ) {
    super(`Port ${port} for ${part} is in use by ${holder}. End that program, or choose another port: ${variable}=${freeSuggestion(port)} ./holdfast up`);
  }
}

const freeSuggestion = (port: number): number => (port + 100 <= 65535 ? port + 100 : port - 100);

/** A part was started and ended, or did not become ready in time. */
export class PartNotReady extends Error {
  override readonly name = 'PartNotReady';
  constructor(
    readonly part: PartName,
    problem: string,
    readonly logFile: string,
    logTail: readonly string[],
  ) {
    super([`${part} ${problem}. Its log's end (${logFile}):`, ...logTail.map((line) => `  ${line}`), `See: ./holdfast logs ${part}`].join('\n'));
  }
}
