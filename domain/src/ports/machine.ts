/** A command as an argument list: never a string that a shell would read. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** Written to standard input, then closed. */
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Directory to run in; default is the machine's data directory. */
  readonly cwd?: string;
  /** The whole process group is killed after this. */
  readonly timeoutMs: number;
  /** Ends the command's whole process group. */
  readonly signal?: AbortSignal;
  /** Called with each piece of output as it comes. */
  readonly onOutput?: (piece: { stream: 'stdout' | 'stderr'; text: string }) => void;
}

export interface CommandResult {
  readonly exitCode: number;
  /** At most the last 1 MiB. */
  readonly stdout: string;
  /** At most the last 64 KiB. */
  readonly stderr: string;
}

/** A long-running program that outlives Holdfast and is started again when it dies. It runs in the machine's data directory. */
export interface ServiceSpec {
  /** Lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Signal that asks it to stop in good order. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGUSR1';
  /** Signal that makes it read its configuration again. */
  readonly reloadSignal?: 'SIGHUP' | 'SIGUSR2';
}

export interface ServiceStatus {
  readonly state: 'running' | 'stopped' | 'absent';
  readonly pid?: number;
}

/** Bytes unless the name says otherwise. */
export interface MachineMetrics {
  readonly diskTotalBytes: number;
  readonly diskFreeBytes: number;
  readonly memoryTotalBytes: number;
  readonly memoryAvailableBytes: number;
  readonly cpuCount: number;
  readonly loadAverage1m: number;
}

/**
 * A place where commands run and files lie, with an address. All paths are absolute on the machine, or relative to
 * `dataDirectory`. Every `ensure…`, `stop…` and `remove…` may be repeated.
 */
export interface Machine {
  readonly id: string;
  /** Where clients and the other nodes of the cluster reach it. */
  readonly address: string;
  /** Absolute path that belongs to this machine alone and survives its reboot. */
  readonly dataDirectory: string;

  exec(command: Command): Promise<CommandResult>;
  /** Like exec, but throws CommandFailed (with the output's last lines) when the exit code is not 0. */
  run(command: Command): Promise<CommandResult>;
  writeFile(path: string, content: string | Uint8Array, options?: { mode?: number }): Promise<void>;
  readFile(path: string): Promise<string>;
  /**
   * Writes a file of any size from a stream, in constant memory: whole or not at all, and on the disk when it answers. A source
   * that fails, or `signal`, ends it and leaves the file as it was. The folder must exist.
   */
  upload(path: string, source: AsyncIterable<Uint8Array>, options?: { mode?: number; signal?: AbortSignal }): Promise<void>;
  /** A file of any size as a stream, in constant memory; ended when its reader stops. Rejects with the code ENOENT when it is not there. */
  download(path: string): AsyncIterable<Uint8Array>;
  fileExists(path: string): Promise<boolean>;
  removePath(path: string): Promise<void>;

  /**
   * Makes a program set available, e.g. ('postgresql', '18'), and answers the directory that holds its programs.
   * Throws SoftwareNotAvailable when the machine's sources do not have it.
   */
  ensureSoftware(software: string, version: string): Promise<{ binDirectory: string }>;

  /** Writes the definition and starts it; when it runs already with the same definition, does nothing. */
  ensureService(spec: ServiceSpec): Promise<void>;
  /**
   * Asks the service to stop, with `signal` instead of its stopSignal if given, and waits. It stays stopped over reboots.
   * Past the limit: kills its whole process group when `killAfterTimeout`, else throws CommandFailed and leaves it running
   * (and enabled).
   */
  stopService(name: string, options: { timeoutMs: number; killAfterTimeout: boolean; signal?: ServiceSpec['stopSignal'] }): Promise<void>;
  reloadService(name: string): Promise<void>;
  removeService(name: string): Promise<void>;
  serviceStatus(name: string): Promise<ServiceStatus>;
  /** The newest lines of the service's output, oldest first. */
  serviceLog(name: string, lines: number): Promise<string[]>;

  /**
   * Sends a text to a Unix socket on the machine, closes that direction, and answers what came until the other side closed.
   * The path may be longer than a socket's address can be. Rejects with the code ENOENT or ECONNREFUSED where nobody listens.
   */
  exchange(socketPath: string, text: string, timeoutMs: number): Promise<string>;

  metrics(): Promise<MachineMetrics>;
}

/** A command ended with another code than 0, or was killed at its time limit. Secrets never stand in argv, so it can be shown. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  constructor(
    readonly machineId: string,
    readonly argv: readonly string[],
    readonly exitCode: number | 'timeout' | 'cancelled',
    /** The last lines of what it printed. */
    readonly outputTail: string,
  ) {
    super(`On ${machineId}: ${argv.join(' ')} ended with ${exitCode}. ${outputTail}`.trim());
  }
}

export class SoftwareNotAvailable extends Error {
  override readonly name = 'SoftwareNotAvailable';
  constructor(
    readonly software: string,
    readonly version: string,
    readonly available: readonly string[],
  ) {
    super(`${software} ${version} is not available on this machine. Available: ${available.join(', ') || 'none'}.`);
  }
}

export interface UnreachableOptions extends ErrorOptions {
  /** What was to be run, or was running. */
  readonly command?: string;
  /** A stable code where there is a better one than `machine-unreachable`: waiting alone does not help then. */
  readonly code?: string;
}

/** The machine does not exist, or cannot be reached. */
export class MachineUnreachable extends Error {
  override readonly name: string = 'MachineUnreachable';
  readonly command: string | undefined;
  readonly code: string;
  constructor(message: string, { command, code = 'machine-unreachable', ...options }: UnreachableOptions = {}) {
    super(message, options);
    this.command = command;
    this.code = code;
  }
}

/** There is no such machine, and none will come by itself: asked of who would know, who did answer. */
export class MachineGone extends MachineUnreachable {
  override readonly name = 'MachineGone';
  constructor(message: string) {
    super(message, { code: 'machine-gone' });
  }
}
