import { readdirSync, readFileSync } from 'node:fs';
import { identifyProcess, type ProcessIdentity } from './process-identity.js';

/**
 * A process of this home that no record knows, since `up` was killed between starting it and writing that down. It is told by its
 * whole argument list and by HOLDFAST_HOME in its environment. The oldest of several: a young one may be a child not yet itself.
 */
export const findStray = (argv: readonly string[], home: string): ProcessIdentity | undefined => {
  const commandLine = `${argv.join('\0')}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => content(`/proc/${pid}/cmdline`) === commandLine)
    .filter((pid) => content(`/proc/${pid}/environ`).split('\0').includes(`HOLDFAST_HOME=${home}`))
    .map((pid) => identifyProcess(Number(pid)))
    .filter((identity) => identity !== undefined)
    .sort((one, other) => Number(one.startTicks) - Number(other.startTicks))[0];
};

const content = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It ended meanwhile, or it is another user's.
    return '';
  }
};
