import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
export const unpackPackage = async (name: string, folder: string, scratch: string, report: Report): Promise<readonly string[]> => {
  const debs = join(scratch, 'debs');
  const status = join(scratch, 'status');
  for (const path of ['state/lists/partial', 'cache/archives/partial', 'debs']) await mkdir(join(scratch, path), { recursive: true });
  await writeFile(status, baseSystem(await readFile(DPKG_STATUS, 'utf8')));
  const settings = {
    'Dir::State': join(scratch, 'state'),
    'Dir::State::status': status,
    'Dir::Cache': join(scratch, 'cache'),
    'APT::Sandbox::User': '',
    'Debug::NoLocking': 'true',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  await runWithRetries(['apt-get', ...options, 'update', '-q'], { timeoutMs: UPDATE_MS }, report);
  const simulation = ['apt-get', ...options, '-s', '--no-install-recommends', 'install', name] as const;
  // The package itself is unpacked even where the system has it: whoever asks did not find what it holds.
  const packages = [...new Set([name, ...installedBySimulation(await runWithRetries([...simulation], { timeoutMs: 60_000 }, report))])];
  await runWithRetries(['apt-get', ...options, 'download', '-q', ...packages], { timeoutMs: INSTALL_MS, cwd: debs }, report);
  for (const deb of await readdir(debs)) {
    await runWithRetries(['dpkg', '-x', join(debs, deb), folder], { timeoutMs: 60_000 }, report);
  }
  return packages;
};

/** Names in lines such as `Inst haproxy (2.6.12-1 Debian:12.1/stable [amd64])`. */
export const installedBySimulation = (output: string): readonly string[] =>
  [...output.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '').filter((name) => name !== '');
