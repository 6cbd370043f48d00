import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SoftwareNotAvailable } from '@holdfast/domain';
import { aptPolicy, candidateIn } from './apt-policy.js';
import { hasApt, unpackFromSource, unpackPackage } from './apt.js';
import { runProgram, ToolInstallFailed, type Report } from './command.js';
import { debianSuite, isDebian } from './debian-suite.js';
import { installFolder } from './install-folder.js';
import { findProgram } from './locate.js';
import type { ListOffered, OfferedSoftware } from './offered-software.js';
import { writeStarter, writeStarterWithLoader } from './starter.js';

/**
 * Server and client as they are packaged: Debian unstable and Ubuntu from 26.04, Ubuntu before, and the vendor's repository
 * (packages.debian.org, packages.ubuntu.com, https://dev.mysql.com/doc/refman/8.4/en/linux-installation-debian.html).
 */
const PACKAGES: readonly (readonly [string, string])[] = [
  ['mysql-server-core', 'mysql-client-core'],
  ['mysql-server-core-8.4', 'mysql-client-core-8.4'],
  ['mysql-server-core-8.0', 'mysql-client-core-8.0'],
  ['mysql-community-server-core', 'mysql-community-client-core'],
];
/** No release of Debian has MySQL; the suite that the next one is made from has. What it holds is looked at once it is unpacked. */
const UNSTABLE = { suite: 'sid', version: '9.7' } as const;
/** Where Ubuntu's package keeps the server from files outside of its own folders: it could not use a node's. */
const CONFINEMENT = { program: '/usr/sbin/mysqld', profile: '/etc/apparmor.d/usr.sbin.mysqld' } as const;
const ASK_MS = 20_000;

/**
 * MySQL: the server on this computer in the version it tells, then what its package sources have, then Debian's unstable suite. The
 * latter two are unpacked into the tools when they are first asked for; the system is left as it is.
 */
export const offeredMysql: ListOffered = async (tools) => {
  const folder = (version: string): string => join(tools, 'mysql-family', `mysql-${version}`);
  const offer = (version: string, fetch: (report: Report) => Promise<unknown>): OfferedSoftware => ({ version, binDirectory: join(folder(version), 'bin'), fetch });
  const own = await systemMysql((version) => folder(`${version}-of-the-system`));
  const packaged = hasApt() ? await packagedMysql() : [];
  const unstable = hasApt() && (await isDebian());
  return [
    ...(own ? [own] : []),
    ...packaged.map(({ version, names }) => offer(version, (report) => unpackOwn(folder(version), version, names, report))),
    ...(unstable ? [offer(UNSTABLE.version, (report) => unpackUnstable(folder(UNSTABLE.version), report))] : []),
  ];
};

/** Server and client lie in folders of their own on Debian's systems; whoever uses them wants one. Started by their own paths: a server finds its files by that. */
const systemMysql = async (folderOf: (version: string) => string): Promise<OfferedSoftware | undefined> => {
  const [server, client] = [findProgram('mysqld'), findProgram('mysql')];
  if (server === undefined || client === undefined || (server === CONFINEMENT.program && existsSync(CONFINEMENT.profile))) return undefined;
  const version = mysqlVersionIn((await runProgram([server, '--no-defaults', '--version'], { timeoutMs: ASK_MS })).text);
  if (version === undefined) return undefined;
  const folder = folderOf(version);
  return { version, binDirectory: join(folder, 'bin'), fetch: () => startSystem(folder, { mysqld: server, mysql: client }) };
};

const startSystem = (folder: string, programs: Readonly<Record<string, string>>): Promise<void> =>
  installFolder(folder, join('bin', 'mysqld'), async (made) => {
    await mkdir(join(made, 'bin'));
    for (const [name, program] of Object.entries(programs)) {
      const quoted = `'${program.replaceAll("'", String.raw`'\''`)}'`;
      await writeFile(join(made, 'bin', name), `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
    }
  });

/** From `mysqld  Ver 8.0.46-0ubuntu0.24.04.1 for Linux on x86_64 ((Ubuntu))`; MariaDB has a program of this name, too, and says so. */
export const mysqlVersionIn = (text: string): string | undefined => (/mariadb/i.test(text) ? undefined : /\bVer (\d+\.\d+)\./.exec(text)?.[1]);

const packagedMysql = async (): Promise<readonly { version: string; names: readonly string[] }[]> => {
  const text = await aptPolicy(PACKAGES.map(([server]) => server));
  return PACKAGES.flatMap((names) => {
    const version = candidateIn(text, names[0]);
    return version === undefined ? [] : [{ version, names }];
  });
};

const unpackOwn = (folder: string, version: string, names: readonly string[], report: Report): Promise<void> =>
  installFolder(folder, join('bin', 'mysqld'), async (made, scratch) => {
    for (const name of names) {
      report(`Unpacking ${name} into the tools …`);
      await unpackPackage(name, made, join(scratch, 'apt'), report);
    }
    await finish(made, version, writeStarter);
  });

const unpackUnstable = (folder: string, report: Report): Promise<void> =>
  installFolder(folder, join('bin', 'mysqld'), async (made, scratch) => {
    report(`Unpacking MySQL ${UNSTABLE.version} of Debian's suite ${UNSTABLE.suite} into the tools …`);
    await unpackFromSource(await debianSuite(UNSTABLE.suite), PACKAGES[0] ?? [], made, join(scratch, 'apt'), report);
    await finish(made, UNSTABLE.version, writeStarterWithLoader);
  });

/** Starters for what is needed of it, and a look at what it is: the suite moves on. */
const finish = async (made: string, version: string, write: typeof writeStarter): Promise<void> => {
  const server = await write(made, 'mysqld', 'usr/sbin/mysqld', `--basedir="$root/usr" ${await ownFiles(made)}`);
  for (const client of ['mysql', 'mysqldump', 'mysqlbinlog']) await write(made, client, `usr/bin/${client}`);
  const { exitCode, text } = await runProgram([server, '--no-defaults', '--version'], { timeoutMs: ASK_MS });
  const found = exitCode === 0 ? mysqlVersionIn(text) : undefined;
  if (found === undefined) throw new ToolInstallFailed(`The unpacked MySQL does not start: ${text.trim()}`);
  if (found !== version) throw new SoftwareNotAvailable('mysql', version, [found]);
};

/** Options that tell the server where its own files are, since it was not built for this folder. They come after --defaults-file. */
const ownFiles = async (made: string): Promise<string> => {
  const messages = (await readdir(join(made, 'usr', 'share'))).find((name) => existsSync(join(made, 'usr', 'share', name, 'charsets', 'Index.xml')));
  if (messages === undefined) throw new ToolInstallFailed('The unpacked MySQL lacks its messages.');
  const share = `$root/usr/share/${messages}`;
  return `--lc-messages-dir="${share}" --character-sets-dir="${share}/charsets" --plugin-dir="$root/usr/lib/mysql/plugin"`;
};
