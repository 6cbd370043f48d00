import { setTimeout as delay } from 'node:timers/promises';
import { runProgram } from '../../toolchain/command.js';
import type { UserIds } from './machine-place.js';

const LIMIT_MS = 10_000;
/** Exit codes of useradd(8): the user is there already; the password file is locked by somebody else. */
const EXISTS = 9;
const LOCKED = 1;
const ATTEMPTS = 5;

/**
 * The unprivileged user that servers run as, since several refuse to run as root. Found, or made, when we are root; undefined when
 * we are not: then servers run as ourselves.
 */
export const systemUser = async (name: string): Promise<UserIds | undefined> => {
  if (process.getuid?.() !== 0) return undefined;
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(name)) throw new Error(`${JSON.stringify(name)} is not a name for a system user.`);
  for (let attempt = 1; ; attempt++) {
    const known = await lookUp(name);
    if (known) return known;
    const argv = ['useradd', '--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', name] as const;
    const { exitCode, text } = await runProgram([...argv], { timeoutMs: LIMIT_MS });
    if (exitCode !== 0 && exitCode !== EXISTS && (exitCode !== LOCKED || attempt === ATTEMPTS)) {
      throw new Error(`The system user ${name} cannot be made: ${argv.join(' ')} ended with ${exitCode}. ${text.trim()}`);
    }
    if (attempt === ATTEMPTS) throw new Error(`The system user ${name} is not found, although useradd says that it is there.`);
    if (exitCode === LOCKED) await delay(200);
  }
};

/** A line of passwd(5): name, password, uid, gid, … */
const lookUp = async (name: string): Promise<UserIds | undefined> => {
  const { exitCode, text } = await runProgram(['getent', 'passwd', name], { timeoutMs: LIMIT_MS });
  const [, , uid, gid] = exitCode === 0 ? text.split(':') : [];
  if (uid === undefined || gid === undefined) return undefined;
  if (Number(uid) === 0) throw new Error(`The system user ${name} has the rights of root.`);
  return { uid: Number(uid), gid: Number(gid) };
};
