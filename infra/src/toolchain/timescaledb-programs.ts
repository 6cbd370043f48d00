import { existsSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { hasApt, unpackFromSource } from './apt.js';
import { runProgram, ToolInstallFailed, type Report } from './command.js';
import { debianSuite, isDebian } from './debian-suite.js';
import { installFolder } from './install-folder.js';
import type { ListOffered } from './offered-software.js';
import { completePostgresqlFolders } from './postgresql-programs.js';
import { writeStarterInPlace } from './starter.js';
import { askVersion } from './versions.js';

/**
 * The one release of Debian that has it (packages.debian.org/postgresql-17-timescaledb): TimescaleDB 2.19 of the Apache licence,
 * which has no compression and no continuous aggregates.
 */
const PACKAGED = { suite: 'trixie', major: '17', packages: ['postgresql-17', 'postgresql-17-timescaledb'] } as const;
const ASK_MS = 20_000;

/**
 * PostgreSQL with TimescaleDB, by PostgreSQL's major: majors of this computer that have the extension's library, then Debian 13's,
 * which is unpacked into the tools when it is first asked for.
 */
export const offeredTimescaledb: ListOffered = async (tools) => {
  const own = completePostgresqlFolders().filter((binDirectory) => existsSync(join(binDirectory, '..', 'lib', 'timescaledb.so')));
  const here = await Promise.all(own.map(async (binDirectory) => ({ version: await askVersion(join(binDirectory, 'postgres'), /(\d+)/), binDirectory })));
  const folder = join(tools, 'timescaledb', PACKAGED.major);
  const fetchable = process.platform === 'linux' && hasApt() && (await isDebian());
  return [...here, ...(fetchable ? [{ version: PACKAGED.major, binDirectory: join(folder, BIN), fetch: (report: Report) => unpack(folder, report) }] : [])];
};

/** PostgreSQL finds its other files from where its programs lie. */
const BIN = join('usr', 'lib', 'postgresql', PACKAGED.major, 'bin');

const unpack = (folder: string, report: Report): Promise<void> =>
  installFolder(folder, join(BIN, 'postgres'), async (made, scratch) => {
    report(`Unpacking PostgreSQL ${PACKAGED.major} with TimescaleDB of Debian's suite ${PACKAGED.suite} into the tools …`);
    await unpackFromSource(await debianSuite(PACKAGED.suite), PACKAGED.packages, made, join(scratch, 'apt'), report);
    const programs = join(made, BIN, '..', 'programs');
    await rename(join(made, BIN), programs);
    for (const name of await readdir(programs)) await writeStarterInPlace(made, join(BIN, name));
    const { exitCode, text } = await runProgram([join(made, BIN, 'postgres'), '--version'], { timeoutMs: ASK_MS });
    if (exitCode !== 0) throw new ToolInstallFailed(`The unpacked PostgreSQL does not start: ${text.trim()}`);
  });
