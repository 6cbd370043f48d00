import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process, told apart from a later one that was given the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after the boot at which it was started. */
  readonly startTicks: string;
  /** The boot of the machine it belongs to. */
  readonly bootId: string;
}

export type IsMarker = (path: string, holderPid: number) => boolean;

/** Looking at one process costs some 20 µs; a stop is in the way of a switchover. */
const LOOK_EVERY_MS = 3;

/** Undefined when there is no such process, or it has ended and waits to be collected. */
export const identifyProcess = (pid: number): ProcessIdentity | undefined => {
  const startTicks = startTicksOf(pid);
  return startTicks === undefined ? undefined : { pid, startTicks, bootId: bootId() };
};

export const isAlive = (identity: ProcessIdentity): boolean => identity.bootId === bootId() && startTicksOf(identity.pid) === identity.startTicks;

/** Words of a line "pid start boot", as the supervisor writes them; undefined when it is not such a line. */
export const parseIdentity = (text: string): ProcessIdentity | undefined => {
  const [pid, startTicks, boot] = text.trim().split(' ');
  if (!pid || !startTicks || !boot || !/^\d+$/.test(pid)) return undefined;
  return { pid: Number(pid), startTicks, bootId: boot };
};

/** Sends the signal while the number still means this process; false when it is gone. */
export const signalProcess = (identity: ProcessIdentity, signal: NodeJS.Signals): boolean => isAlive(identity) && sendSignal(identity.pid, signal);

/** Kills a process group by its leader's number; nothing to do when nobody is left in it. */
export const killGroup = (leaderPid: number): void => void sendSignal(-leaderPid, 'SIGKILL');

const sendSignal = (target: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(target, signal);
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw problem;
  }
};

/** False when some of them still live after the limit. */
export const waitUntilGone = async (identities: readonly ProcessIdentity[], timeoutMs: number): Promise<boolean> => {
  const deadline = performance.now() + timeoutMs;
  while (identities.some(isAlive)) {
    if (performance.now() > deadline) return false;
    await delay(LOOK_EVERY_MS);
  }
  return true;
};

/**
 * Processes that hold open a file for which `isMarker` is true. Whatever runs on a machine inherits such a file and cannot be
 * found otherwise when it has made itself a session of its own, or changed its name and environment (as PostgreSQL does).
 * Never this process. Those of other users are seen by root only.
 */
export const holdersOf = (isMarker: IsMarker): ProcessIdentity[] =>
  processIds()
    .filter((pid) => pid !== process.pid && openFiles(pid).some((path) => isMarker(path, pid)))
    .map(identifyProcess)
    .filter((identity) => identity !== undefined);

export const processIds = (): number[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);

/** What the process has open, as paths (`socket:[inode]` for sockets); empty when it ended meanwhile or is another user's. */
export const openFiles = (pid: number): string[] => {
  const folder = `/proc/${pid}/fd`;
  return (attempt(() => readdirSync(folder)) ?? []).map((fd) => attempt(() => readlinkSync(`${folder}/${fd}`)) ?? '');
};

export const programName = (pid: number): string => (attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8')) ?? 'a process that ended meanwhile').trim();

export const argumentsOf = (pid: number): string[] => (attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '').split('\0');

let knownBootId: string | undefined;
const bootId = (): string => (knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());

/** Fields of /proc/<pid>/stat after the name in brackets, which may itself hold blanks and brackets; see proc(5). */
const startTicksOf = (pid: number): string | undefined => {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return hasEnded(pid, fields[0]) ? undefined : fields[19];
};

/** A dead leader whose other threads still end holds its sockets yet: only the last thread closes them. */
const hasEnded = (pid: number, state: string | undefined): boolean => {
  if (state === 'X') return true;
  return state === 'Z' && (attempt(() => readdirSync(`/proc/${pid}/task`)) ?? []).length <= 1;
};

/** Processes end while one looks at them, and other users' may not be looked at: neither is a failure here. */
const attempt = <T>(look: () => T): T | undefined => {
  try {
    return look();
  } catch {
    return undefined;
  }
};
