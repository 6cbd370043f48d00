import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasApt, unpackPackage } from './apt.js';
import { runProgram, ToolInstallFailed, type Report } from './command.js';
import { isExecutable } from './locate.js';
import type { ListOffered } from './offered-software.js';

/** What Debian's release has; packages of this computer's own sources, whichever release that is. */
const PACKAGES = ['mariadb-server-core', 'mariadb-client-core', 'mariadb-backup'];
/** Program and where its package has it. */
const PROGRAMS: readonly (readonly [string, string])[] = [
  ['mariadbd', 'usr/sbin/mariadbd'],
  ['mariadb', 'usr/bin/mariadb'],
  ['mariadb-dump', 'usr/bin/mariadb-dump'],
  ['mariadb-backup', 'usr/bin/mariadb-backup'],
  ['mbstream', 'usr/bin/mbstream'],
  ['mariadb-install-db', 'usr/bin/mariadb-install-db'],
];
const ASK_MS = 20_000;

/** MariaDB as Debian's sources of this computer have it, unpacked into the tools when it is first asked for: the system is left as it is. */
export const offeredMariadb: ListOffered = async (tools) => {
  const version = hasApt() ? await candidateVersion() : undefined;
  if (version === undefined) return [];
  const folder = join(tools, 'mysql-family', `mariadb-${version}`);
  return [{ version, binDirectory: join(folder, 'bin'), fetch: (report) => unpackMariadb(folder, report) }];
};

/** From `Candidate: 1:10.11.19-0+deb12u1`. */
const candidateVersion = async (): Promise<string | undefined> => {
  const { text } = await runProgram(['apt-cache', 'policy', 'mariadb-server-core'], { timeoutMs: ASK_MS, env: { LC_ALL: 'C' } });
  return /Candidate: (?:\d+:)?(\d+\.\d+)/.exec(text)?.[1];
};

/** Into a folder beside, tried, and only then renamed: a half unpacked one is never used. */
const unpackMariadb = async (folder: string, report: Report): Promise<void> => {
  const server = join(folder, 'bin', 'mariadbd');
  if (isExecutable(server)) return;
  const parent = join(folder, '..');
  const umask = process.umask(0o022);
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, '.installing-'));
  try {
    const made = join(work, 'programs');
    for (const name of PACKAGES) {
      report(`Unpacking ${name} into the tools …`);
      await unpackPackage(name, made, join(work, 'apt'), report);
    }
    await mkdir(join(made, 'bin'));
    for (const [name, path] of PROGRAMS) {
      await writeFile(join(made, 'bin', name), starter(name, path));
      await chmod(join(made, 'bin', name), 0o755);
    }
    await chmod(made, 0o755);
    const tried = await runProgram([join(made, 'bin', 'mariadbd'), '--no-defaults', '--version'], { timeoutMs: ASK_MS });
    if (tried.exitCode !== 0) throw new ToolInstallFailed(`The unpacked MariaDB does not start: ${tried.text.trim()}`);
    await moveInPlace(made, folder, server);
  } finally {
    process.umask(umask);
    await rm(work, { recursive: true, force: true });
  }
};

const moveInPlace = async (made: string, folder: string, server: string): Promise<void> => {
  try {
    await rename(made, folder);
  } catch (problem) {
    // Another process was faster; its programs were tried too.
    if (!isExecutable(server)) throw problem;
  }
};

/** Options that tell a program where its own files are, since it was not built for this folder. They come after --defaults-file. */
const OWN_FILES: Readonly<Record<string, string>> = {
  mariadbd: '--basedir="$root/usr" --lc-messages-dir="$root/usr/share/mysql" --character-sets-dir="$root/usr/share/mysql/charsets"',
  'mariadb-install-db': '--basedir="$root/usr"',
};

/** Lets the program find the libraries that were unpacked with it. */
const starter = (name: string, path: string): string => `#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
for folder in "$root"/usr/lib/*-linux-* "$root"/lib/*-linux-*; do
  [ -d "$folder" ] && LD_LIBRARY_PATH="$folder\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$root/${path}" "$@" ${OWN_FILES[name] ?? ''}
`;
