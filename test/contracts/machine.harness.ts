import { readFileSync } from 'node:fs';
import type { Machine, Provider, ServiceSpec } from '@holdfast/domain';

/** A provider of machines, and what the contracts need to look behind it. */
export interface ProviderHarness {
  readonly provider: Provider;
  /** A second connection to the same machines, as another worker has it. */
  readonly another: Provider;
  /** Leaves what a creation leaves that was killed in its middle. */
  leaveHalfCreated(machineId: string): Promise<void>;
  /** Kills, without asking, whatever watches the service, but not the service. Absent where that is the machine's first process. */
  readonly killSupervisor?: (machine: Machine, service: string) => Promise<void>;
  /** Whether the process that the machine knows by this number lives; one that waits to be collected lives no more. */
  lives(machine: Machine, pid: number): Promise<boolean>;
  /** Gives the machine a folder of its own small disk (some MiB) at this path of its data directory. */
  smallDisk(machine: Machine, path: string): Promise<void>;
  /** The same machines over a connection that can be cut; absent where there is none. */
  readonly cuttable?: { readonly provider: Provider; cut(): void };
  /** Pids, seen from this computer, of everything that runs on the machine. */
  processesOn(machineId: string): Promise<number[]>;
  /** Whether anything is left of it outside of its processes. */
  remains(machineId: string): Promise<boolean>;
  /** Runs this in a process of its own on the same machines and kills that (SIGKILL) when it has written `ready`. */
  doomed(program: string): Promise<void>;
  /** An unprivileged program that listens there; for machines that share this computer's ports. */
  readonly listen?: (host: string, port: number) => Promise<{ pid: number; close(): Promise<void> }>;
  readonly limits: HarnessLimits;
  destroy(): Promise<void>;
}

export interface HarnessLimits {
  /** A major of PostgreSQL that its machines can have. */
  readonly postgresql: string;
  /** How long after its end a stopped service is told to be stopped, at most. */
  readonly stopMs: number;
  /** How many machines can be made at once without making this computer suffer. */
  readonly manyMachines: number;
}

export type MakeProviderHarness = () => Promise<ProviderHarness>;

let counter = 0;
export const request = (ports: readonly number[] = [], machineId = `node-${process.pid}-${++counter}`) => ({
  machineId,
  clusterId: 'cluster-1',
  name: `pg-${counter.toString(16).padStart(6, '0')}`,
  ports,
  cpuCount: 1,
  memoryBytes: 1024 ** 3,
  diskBytes: 10 * 1024 ** 3,
});

/** Waits until it is so, or fails with what it was waited for; the limit is for what never comes, on a computer that is busy. */
export const eventually = async (what: string, isSo: () => Promise<boolean> | boolean, timeoutMs = 30_000): Promise<void> => {
  const deadline = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`Not so after ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

/** A process that has ended and waits to be collected lives no more. */
export const pidLives = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (problem) {
    if (['ENOENT', 'ESRCH'].includes((problem as NodeJS.ErrnoException).code ?? '')) return false;
    throw problem;
  }
};

/** Only a test's own patience. */
export const LIMIT = { timeoutMs: 60_000 };

/** Says who it is at its start, what signals it gets, and takes `delay` to stop. */
export const talker = (name: string, options: { delaySeconds?: number; greeting?: string } = {}): ServiceSpec => ({
  name,
  argv: [
    'sh',
    '-c',
    'trap "echo reloaded" HUP; trap "sleep $2; echo bye; exit 0" INT; trap "" TERM; echo "$1 $$ $WORD"; while :; do sleep 0.02; done',
    'talker',
    options.greeting ?? 'hello',
    String(options.delaySeconds ?? 0),
  ],
  env: { WORD: "it's \"so\"" },
  stopSignal: 'SIGINT',
  reloadSignal: 'SIGHUP',
});
