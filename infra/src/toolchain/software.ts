import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SoftwareNotAvailable } from '@holdfast/domain';
import { runProgram } from './command.js';
import { isExecutable, locateHaproxy, locatePostgres } from './locate.js';

/** A set of programs that is on this computer. */
export interface InstalledSoftware {
  /** What a request names: PostgreSQL's major, HAProxy's major and minor. */
  readonly version: string;
  readonly binDirectory: string;
}

/** Where Debian's and Ubuntu's packages put one folder for each major. */
const DEBIAN_POSTGRESQL = '/usr/lib/postgresql';
/** Debian's client packages fill the same folders without these; a replica needs all of them. */
const POSTGRESQL_PROGRAMS = ['initdb', 'postgres', 'pg_ctl', 'pg_basebackup', 'pg_rewind', 'pg_controldata', 'pg_isready'];
/** Asked of a program at most once. */
const versions = new Map<string, string>();

/**
 * The programs of a software in that version (`any`: the newest there is). What the system has goes before what `up` installed.
 * Throws SoftwareNotAvailable, which lists what there is.
 */
export const findSoftware = async (software: string, version: string, tools: string): Promise<InstalledSoftware> => {
  const installed = await listSoftware(software, tools);
  const found = version === 'any' ? installed[0] : installed.find((candidate) => candidate.version === version);
  if (!found) throw new SoftwareNotAvailable(software, version, installed.map((candidate) => candidate.version));
  return found;
};

/** Newest first, each version once; empty for a software that is not known here. */
export const listSoftware = async (software: string, tools: string): Promise<readonly InstalledSoftware[]> => {
  const found = await (software === 'postgresql' ? listPostgresql(tools) : software === 'haproxy' ? listHaproxy(tools) : []);
  const newest = [...found].sort((one, other) => compareVersions(other.version, one.version));
  return newest.filter((candidate, at) => newest.findIndex(({ version }) => version === candidate.version) === at);
};

const listPostgresql = async (tools: string): Promise<InstalledSoftware[]> => {
  const wheel = locatePostgres(tools);
  const folders = [...debianFolders(), ...(wheel === undefined ? [] : [wheel])].filter(isCompletePostgresql);
  return Promise.all(folders.map(async (binDirectory) => ({ version: await askVersion(join(binDirectory, 'postgres'), /(\d+)/), binDirectory })));
};

const isCompletePostgresql = (folder: string): boolean => POSTGRESQL_PROGRAMS.every((program) => isExecutable(join(folder, program)));

const debianFolders = (): string[] => {
  try {
    return readdirSync(DEBIAN_POSTGRESQL).map((major) => join(DEBIAN_POSTGRESQL, major, 'bin'));
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code !== 'ENOENT') throw problem;
    return [];
  }
};

const listHaproxy = async (tools: string): Promise<InstalledSoftware[]> => {
  const program = locateHaproxy(tools);
  return program === undefined ? [] : [{ version: await askVersion(program, /(\d+\.\d+)/, '-v'), binDirectory: dirname(program) }];
};

/** The first match in what a program says of itself: `postgres (PostgreSQL) 15.18`, `HAProxy version 2.6.12-1`. */
const askVersion = async (program: string, pattern: RegExp, option = '--version'): Promise<string> => {
  const known = versions.get(program);
  if (known !== undefined) return known;
  const { exitCode, text } = await runProgram([program, option], { timeoutMs: 10_000 });
  const version = exitCode === 0 ? pattern.exec(text)?.[1] : undefined;
  if (version === undefined) throw new Error(`${program} ${option} ended with ${exitCode}: ${text.trim()}`);
  versions.set(program, version);
  return version;
};

const compareVersions = (one: string, other: string): number => {
  const [a, b] = [one.split('.').map(Number), other.split('.').map(Number)];
  const at = [0, 1, 2].find((index) => (a[index] ?? 0) !== (b[index] ?? 0));
  return at === undefined ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
};
