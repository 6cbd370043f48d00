import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { aptPolicy, candidateIn } from './apt-policy.js';
import { hasApt, unpackPackages, unpackWithoutNeeds } from './apt.js';
import { runProgram, ToolInstallFailed, type Report } from './command.js';
import { installFolder } from './install-folder.js';
import type { ListOffered } from './offered-software.js';
import { writeStarter } from './starter.js';

/** What Debian's release has; packages of this computer's own sources, whichever release that is. */
const SERVER_PACKAGE = 'mariadb-server-core';
const PACKAGES = [SERVER_PACKAGE, 'mariadb-client-core', 'mariadb-backup', 'galera-4'];
/** What the scripts of a state transfer run besides (https://mariadb.com/kb/en/mariadb-backup-sst-method/), where a small system lacks it. */
const TRANSFER_PACKAGES = ['socat', 'lsof', 'procps'];
/** It holds those scripts; what else it holds or needs is for a server of the whole system. */
const SCRIPTS_PACKAGE = 'mariadb-server';
/** The last that is made of a whole folder. Folders without it were made before groups were known. */
const LAST_MADE = join('bin', 'libgalera_smm.so');
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
  const version = hasApt() ? candidateIn(await aptPolicy([SERVER_PACKAGE]), SERVER_PACKAGE) : undefined;
  if (version === undefined) return [];
  const folder = join(tools, 'mysql-family', `mariadb-${version}`);
  return [{ version, binDirectory: join(folder, 'bin'), fetch: (report) => unpackMariadb(folder, report) }];
};

const unpackMariadb = (folder: string, report: Report): Promise<void> =>
  installFolder(folder, LAST_MADE, async (made, scratch) => {
    report('Unpacking MariaDB into the tools …');
    await unpackPackages([...PACKAGES, ...TRANSFER_PACKAGES], made, join(scratch, 'apt'), report);
    await unpackWithoutNeeds([SCRIPTS_PACKAGE], made, join(scratch, 'apt'), report);
    for (const [name, path] of PROGRAMS) await writeStarter(made, name, path, OWN_FILES[name]);
    const tried = await runProgram([join(made, 'bin', 'mariadbd'), '--no-defaults', '--version'], { timeoutMs: ASK_MS });
    if (tried.exitCode !== 0) throw new ToolInstallFailed(`The unpacked MariaDB does not start: ${tried.text.trim()}`);
    await symlink(join('..', 'usr', 'lib', 'galera', 'libgalera_smm.so'), join(made, LAST_MADE));
  });

/** Options that tell a program where its own files are, since it was not built for this folder. They come after --defaults-file. */
const OWN_FILES: Readonly<Record<string, string>> = {
  mariadbd: '--basedir="$root/usr" --lc-messages-dir="$root/usr/share/mysql" --character-sets-dir="$root/usr/share/mysql/charsets"',
  'mariadb-install-db': '--basedir="$root/usr"',
};
