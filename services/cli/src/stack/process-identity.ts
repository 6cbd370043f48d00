import { readFileSync } from 'node:fs';

/** A process, told apart from a later one that was given the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after the boot at which it was started. */
  readonly startTicks: string;
  /** The boot of the machine it belongs to. */
  readonly bootId: string;
}

/** Undefined when there is no such process, or only its zombie. */
export const identifyProcess = (pid: number): ProcessIdentity | undefined => {
  const startTicks = startTicksOf(pid);
  return startTicks === undefined ? undefined : { pid, startTicks, bootId: bootId() };
};

export const isAlive = ({ pid, startTicks, bootId: boot }: ProcessIdentity): boolean => boot === bootId() && startTicksOf(pid) === startTicks;

/** How long the process has lived. */
export const ageMs = ({ startTicks }: ProcessIdentity): number => {
  const upSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return upSeconds * 1000 - (Number(startTicks) * 1000) / TICKS_PER_SECOND;
};

/** USER_HZ, in which Linux tells times to programs: 100 on every platform that Node runs on; see proc(5), sysconf(3). */
const TICKS_PER_SECOND = 100;

/** Sends the signal only while the number still means this process; false when it is gone. */
export const signalProcess = (identity: ProcessIdentity, signal: NodeJS.Signals): boolean => {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw problem;
  }
};

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** Fields of /proc/<pid>/stat after the name in brackets, which may itself hold blanks and brackets; see proc(5). */
const startTicksOf = (pid: number): string | undefined => {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
};
