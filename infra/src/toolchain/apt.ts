import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseSystem } from './base-system.js';
import { runProgram, runWithRetries, type Report } from './command.js';
import { findProgram } from './locate.js';

const UPDATE_MS = 300_000;
const INSTALL_MS = 600_000;
const NO_QUESTIONS = { DEBIAN_FRONTEND: 'noninteractive' };

/** Debian asks this program whether a package may start its service; 101 means no. */
const POLICY_FILE = '/usr/sbin/policy-rc.d';
const DPKG_STATUS = '/var/lib/dpkg/status';

export const hasApt = (): boolean => findProgram('apt-get') !== undefined;

/** As root: installs a package for the whole system, without starting or enabling its service. */
export const installPackage = async (name: string, report: Report): Promise<void> => {
  await runWithRetries(['apt-get', 'update', '-q'], { timeoutMs: UPDATE_MS, env: NO_QUESTIONS }, report);
  const ownPolicy = !existsSync(POLICY_FILE);
  if (ownPolicy) {
    await writeFile(POLICY_FILE, '#!/bin/sh\nexit 101\n');
    await chmod(POLICY_FILE, 0o755);
  }
  try {
    const argv = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', name] as const;
    await runWithRetries([...argv], { timeoutMs: INSTALL_MS, env: NO_QUESTIONS }, report);
  } finally {
    if (ownPolicy) await rm(POLICY_FILE, { force: true });
  }
};

/** As root: what a package's service unit does by itself is not wanted; where there is no systemd there is nothing to do. */
export const keepServiceOff = async (unit: string): Promise<void> => {
  if (existsSync('/run/systemd/system')) await runProgram(['systemctl', 'disable', '--now', unit], { timeoutMs: 30_000 });
};

/**
 * Without root: unpacks a package, and all it needs beyond what every Debian system has, into a folder. What else happens to be
 * installed here does not count: it may be removed later. Uses the machine's own sources with lists and cache of its own under
 * `scratch`. Answers the names of the packages.
 */
export const unpackPackage = (name: string, folder: string, scratch: string, report: Report): Promise<readonly string[]> => unpackPackages([name], folder, scratch, report);

/** As `unpackPackage`, several at once. */
export const unpackPackages = async (names: readonly string[], folder: string, scratch: string, report: Report): Promise<readonly string[]> =>
  unpack(names, { folder, scratch, report, status: baseSystem(await readFile(DPKG_STATUS, 'utf8')) });

/** As `unpackPackages`, and nothing that they need: whoever asks for a few files of a package knows what those need. */
export const unpackWithoutNeeds = (names: readonly string[], folder: string, scratch: string, report: Report): Promise<readonly string[]> =>
  unpack(names, { folder, scratch, report, status: '', withoutNeeds: true });

/**
 * As `unpackPackage`, from another release than this computer's: its libraries are unpacked with it down to the C library, so that
 * its programs must be started by the loader among them.
 * @param source a line as in sources.list, of that release alone
 */
export const unpackFromSource = (source: string, names: readonly string[], folder: string, scratch: string, report: Report): Promise<readonly string[]> =>
  unpack(names, { folder, scratch, report, status: '', source });

interface Unpacking {
  readonly folder: string;
  readonly scratch: string;
  readonly report: Report;
  /** dpkg's list of what counts as installed. */
  readonly status: string;
  /** In place of the machine's own sources. */
  readonly source?: string;
  readonly withoutNeeds?: boolean;
}

const unpack = async (names: readonly string[], unpacking: Unpacking): Promise<readonly string[]> => {
  const { folder, scratch, report } = unpacking;
  const options = await ownLists(unpacking);
  const debs = await mkdtemp(join(scratch, 'debs-'));
  await runWithRetries(['apt-get', ...options, 'update', '-q'], { timeoutMs: UPDATE_MS }, report);
  // The package itself is unpacked even where the system has it: whoever asks did not find what it holds.
  const packages = [...new Set([...names, ...(unpacking.withoutNeeds === true ? [] : await needsOf(names, options, report))])];
  await runWithRetries(['apt-get', ...options, 'download', '-q', ...packages], { timeoutMs: INSTALL_MS, cwd: debs }, report);
  for (const deb of await readdir(debs)) {
    await runWithRetries(['dpkg', '-x', join(debs, deb), folder], { timeoutMs: 60_000 }, report);
  }
  return packages;
};

const needsOf = async (names: readonly string[], options: readonly string[], report: Report): Promise<readonly string[]> =>
  installedBySimulation(await runWithRetries(['apt-get', ...options, '-s', '--no-install-recommends', 'install', ...names], { timeoutMs: 60_000 }, report));

/** Options for apt with lists and cache of its own, made ready under `scratch`. What else its configuration says holds. */
const ownLists = async ({ scratch, status, source }: Unpacking): Promise<string[]> => {
  for (const path of ['state/lists/partial', 'cache/archives/partial', 'no-parts']) await mkdir(join(scratch, path), { recursive: true });
  await writeFile(join(scratch, 'status'), status);
  await writeFile(join(scratch, 'sources.list'), `${source ?? ''}\n`);
  const settings = {
    'Dir::State': join(scratch, 'state'),
    'Dir::State::status': join(scratch, 'status'),
    'Dir::Cache': join(scratch, 'cache'),
    'APT::Sandbox::User': '',
    'Debug::NoLocking': 'true',
    // Descriptions for people: of no use here, and a third of what an update fetches.
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    ...(source === undefined
      ? {}
      : {
          'Dir::Etc::sourcelist': join(scratch, 'sources.list'),
          'Dir::Etc::sourceparts': join(scratch, 'no-parts'),
          // Pins speak of this computer's own packages.
          'Dir::Etc::preferences': '/dev/null',
          'Dir::Etc::preferencesparts': join(scratch, 'no-parts'),
        }),
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
};

/** Names in lines such as `Inst haproxy (2.6.12-1 Debian:12.1/stable [amd64])`. */
export const installedBySimulation = (output: string): readonly string[] =>
  [...output.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '').filter((name) => name !== '');
