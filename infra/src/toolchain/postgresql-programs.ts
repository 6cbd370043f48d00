import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from './command.js';
import { isExecutable, locatePostgres } from './locate.js';
import { binOfFetched, canFetch, FETCHABLE_MAJORS, fetchMajor } from './postgresql-majors.js';
import { askVersion } from './versions.js';

/** A major, and the folder of its programs. */
export interface PostgresqlPrograms {
  readonly version: string;
  readonly binDirectory: string;
  readonly fetch?: (report: Report) => Promise<void>;
}

/** Where Debian's and Ubuntu's packages put one folder for each major. */
const DEBIAN_POSTGRESQL = '/usr/lib/postgresql';
/** Debian's client packages fill the same folders without these; a replica needs all of them. */
const PROGRAMS = ['initdb', 'postgres', 'pg_ctl', 'pg_basebackup', 'pg_rewind', 'pg_controldata', 'pg_isready'];

/** The system's majors, the one that `up` installed, and those that are fetched when a node first needs them. */
export const offeredPostgresql = async (tools: string): Promise<readonly PostgresqlPrograms[]> => {
  const wheel = locatePostgres(tools);
  const folders = [...completePostgresqlFolders(), ...(wheel === undefined ? [] : [wheel].filter(isComplete))];
  const here = await Promise.all(folders.map(async (binDirectory) => ({ version: await askVersion(join(binDirectory, 'postgres'), /(\d+)/), binDirectory })));
  const fetchable = FETCHABLE_MAJORS.filter(canFetch).map((major) => ({
    version: major.version,
    binDirectory: binOfFetched(major, tools),
    fetch: (report: Report) => fetchMajor(major, tools, report),
  }));
  return [...here, ...fetchable];
};

/** Folders of the majors that the system has with all that a replica needs. */
export const completePostgresqlFolders = (): readonly string[] => debianFolders().filter(isComplete);

const isComplete = (folder: string): boolean => PROGRAMS.every((program) => isExecutable(join(folder, program)));

const debianFolders = (): string[] => {
  try {
    return readdirSync(DEBIAN_POSTGRESQL).map((major) => join(DEBIAN_POSTGRESQL, major, 'bin'));
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code !== 'ENOENT') throw problem;
    return [];
  }
};
