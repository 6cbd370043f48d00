import { execFileSync } from 'node:child_process';

export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** The user that servers run as when Holdfast itself is run by root. */
export const SYSTEM_USER = 'holdfast';

const TIMEOUT_MS = 20_000;

/** Uid and gid of the unprivileged user, who is made when there is none; undefined unless we are root: then servers run as ourselves. */
export const unprivilegedUser = (name: string = SYSTEM_USER): RunAs | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  return lookUp(name) ?? create(name);
};

const lookUp = (name: string): RunAs | undefined => {
  try {
    return { uid: number(['-u', name]), gid: number(['-g', name]) };
  } catch {
    return undefined; // `id` ends with 1 for a name that does not exist.
  }
};

const create = (name: string): RunAs => {
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', name], { timeout: TIMEOUT_MS, stdio: 'pipe' });
  } catch (error) {
    const made = lookUp(name); // Somebody else may have been faster.
    if (made === undefined) throw error;
    return made;
  }
  const made = lookUp(name);
  if (made === undefined) throw new Error(`useradd made no user ${name}.`);
  return made;
};

const number = (argv: readonly string[]): number => Number(execFileSync('id', [...argv], { timeout: TIMEOUT_MS, stdio: 'pipe', encoding: 'utf8' }).trim());
