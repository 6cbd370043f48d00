import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 25;

/** Whether it runs: one that was killed and waits for its parent does not. */
export const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readProc(pid, 'stat'));
  } catch {
    return false; // ESRCH: there is no such process.
  }
};

export const send = (signal: NodeJS.Signals, pid: number): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it ended by itself, as children do when their parent is gone.
    return;
  }
};

/** Whether it ended within the time. */
export const gone = async (pid: number, timeoutMs: number): Promise<boolean> => {
  const deadline = Date.now() + timeoutMs;
  while (alive(pid)) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
};

/** The second number after the program's name, which may itself hold anything, is the parent. */
export const childrenOf = (parent: number): number[] => processes().filter((pid) => Number(/\) \S (\d+)/.exec(readProc(pid, 'stat'))?.[1]) === parent);

export const hasArgument = (pid: number, argument: string): boolean => readProc(pid, 'cmdline').split('\0').includes(argument);

/** Processes that work in a directory. */
export const processesIn = (directory: string): number[] => processes().filter((pid) => workingDirectory(pid) === directory);

const processes = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

const readProc = (pid: number, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // The process is gone.
  }
};

const workingDirectory = (pid: number): string => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ''; // The process is gone, or another user's.
  }
};
