import { readFile } from 'node:fs/promises';
import { runProgram, ToolInstallFailed } from './command.js';

const ASK_MS = 20_000;
const FORMAT = '$(ORIGIN)|$(LABEL)|$(REPO_URI)|$(SIGNED_BY)';

/** Whether this computer runs Debian, and not a system that is made from it: those have packages and mirrors of their own. */
export const isDebian = async (): Promise<boolean> => {
  try {
    return /^ID=debian$/m.test(await readFile('/etc/os-release', 'utf8'));
  } catch {
    return false; // No such file: not Debian.
  }
};

/**
 * A line for sources.list: another suite of the mirror that this computer's own Debian packages come from, so that no other host is
 * asked than the one its owner chose. Throws ToolInstallFailed where its sources name none.
 */
export const debianSuite = async (suite: string): Promise<string> => {
  const { text } = await runProgram(['apt-get', 'indextargets', '--format', FORMAT, 'Created-By: Packages'], { timeoutMs: ASK_MS, env: { LC_ALL: 'C' } });
  const source = suiteOfMirror(text, suite);
  if (source === undefined) throw new ToolInstallFailed('No mirror of Debian is known to this computer. Run: apt-get update');
  return source;
};

/** From lines such as `Debian|Debian|http://mirror/debian/|/usr/share/keyrings/archive.gpg`; what is not set is `$(SIGNED_BY)`. */
export const suiteOfMirror = (targets: string, suite: string): string | undefined => {
  const [, , uri, signedBy] = targets.split('\n').map((line) => line.split('|')).find(([origin, label]) => origin === 'Debian' && label === 'Debian') ?? [];
  if (uri === undefined) return undefined;
  const options = signedBy === undefined || signedBy.startsWith('$') || signedBy === '' ? '' : `[signed-by=${signedBy}] `;
  return `deb ${options}${uri} ${suite} main`;
};
