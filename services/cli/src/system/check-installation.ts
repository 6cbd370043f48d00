import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname, join } from 'node:path';
import { firstClosedFolder } from '@holdfast/infra/configuration';
import { locateHaproxy, locatePostgres, locateTemporal, runProgram } from '@holdfast/infra/toolchain';
import type { StackPlaces } from '../stack/stack-places.js';
import { bad, good, note, type Finding } from './finding.js';

const GIB = 1024 ** 3;
/** The programs and three small nodes take about 1 GiB; write-ahead logs need room to grow. */
const DISK_FREE_BYTES_MIN = 2 * GIB;
const MEMORY_FREE_BYTES_MIN = 1 * GIB;
const PROBE_MS = 20_000;

/** Programs, folders, disk and memory of this machine. */
export const checkInstallation = async (places: StackPlaces): Promise<readonly Finding[]> => [
  good('platform', `${process.platform} ${process.arch}, Node ${process.version}, ${process.getuid?.() === 0 ? 'root' : 'not root'}`),
  await checkProgram('Python 3', 'python3', ['--version'], 'Run: apt-get install python3 python3-pip'),
  await checkProgram('Temporal', locateTemporal(places.tools, places.env), ['--version'], 'Run: ./holdfast up'),
  await checkProgram('PostgreSQL', within(locatePostgres(places.tools), 'postgres'), ['--version'], 'Run: ./holdfast up'),
  await checkProgram('HAProxy', locateHaproxy(places.tools), ['-v'], 'Run: ./holdfast up'),
  checkHome(places),
  checkEntrance(places),
  checkDisk(places),
  checkMemory(),
];

const within = (folder: string | undefined, program: string): string | undefined => (folder === undefined ? undefined : join(folder, program));

const checkProgram = async (what: string, program: string | undefined, args: readonly string[], advice: string): Promise<Finding> => {
  if (program === undefined) return bad(what, 'not installed', advice);
  const { exitCode, text } = await runProgram([program, ...args], { timeoutMs: PROBE_MS });
  const line = text.trim().split('\n')[0] ?? '';
  return exitCode === 0 ? good(what, `${line} (${program})`) : bad(what, `${program} does not run: ${line}`, advice);
};

const checkHome = ({ home }: StackPlaces): Finding => {
  const existing = firstExisting(home);
  try {
    accessSync(existing, constants.W_OK);
    return good('home', existing === home ? home : `${home} (not made yet)`);
  } catch {
    return bad('home', `${existing} cannot be written`, 'Set HOLDFAST_HOME to a folder you may write.');
  }
};

/** Root's servers run as another user, who must be able to enter home and tools. */
const checkEntrance = ({ home, tools }: StackPlaces): Finding => {
  if (process.getuid?.() !== 0) return good('servers run as', 'you');
  const closed = [home, tools].map((folder) => firstClosedFolder(folder)).find((folder) => folder !== undefined);
  if (closed === undefined) return good('servers run as', 'the system user holdfast');
  return bad('servers run as', `the system user holdfast, who cannot enter ${closed}`, `Run: chmod o+x ${closed}, or set HOLDFAST_HOME and HOLDFAST_TOOLS.`);
};

const checkDisk = ({ home }: StackPlaces): Finding => {
  const { bavail, bsize } = statfsSync(firstExisting(home));
  const free = `${gib(bavail * bsize)} GiB free for ${home}`;
  return bavail * bsize >= DISK_FREE_BYTES_MIN ? good('disk', free) : bad('disk', free, `At least ${gib(DISK_FREE_BYTES_MIN)} GiB are needed: make room, or set HOLDFAST_HOME to a larger disk.`);
};

const checkMemory = (): Finding => {
  const free = `${gib(freemem())} GiB free`;
  return freemem() >= MEMORY_FREE_BYTES_MIN ? good('memory', free) : note('memory', free, 'A 3-node cluster of the smallest plan takes about 1 GiB with everything around it.');
};

const firstExisting = (path: string): string => (existsSync(path) ? path : firstExisting(dirname(path)));
const gib = (bytes: number): string => (bytes / GIB).toFixed(1);
