import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { keepMachineImage, loadMachineImage } from './machine-image-cache.js';

/** A Docker for tests. */
export interface TestDocker {
  readonly socketPath: string;
  /** Ends the daemon, with all its containers, if it is the test's own. */
  stop(): Promise<void>;
  /** Only of the test's own. */
  readonly own?: { readonly dataDirectory: string; kill(): Promise<void>; start(): Promise<void> };
}

const USUAL_SOCKET = '/var/run/docker.sock';
const START_MS = 60_000;
const START_TRIES = 3;
const STOP_MS = 60_000;
const APT_MS = 300_000;
/** Mirrors fail now and then. */
const APT_TRIES = 3;
const APT_PATIENCE = ['-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=120'];

/**
 * The Docker that DOCKER_HOST names or that runs here; else one of the test's own, with its data in a temporary folder. Needs root then.
 * `dataDisk`: one of its own whose data lies on a disk of that size, such as `3g` (in memory). `withoutImage`: one that has no image yet.
 */
export const testDocker = async (options: { readonly mustBeOwn?: boolean; readonly dataDisk?: string; readonly withoutImage?: boolean } = {}): Promise<TestDocker> => {
  const given = process.env['DOCKER_HOST']?.replace(/^unix:\/\//, '') ?? USUAL_SOCKET;
  if (!options.mustBeOwn && options.dataDisk === undefined && (await answers(given))) return { socketPath: given, stop: async () => undefined };
  await install();
  const docker = await startOwn(options.dataDisk);
  if (options.withoutImage !== true) await loadMachineImage(docker.socketPath);
  return docker;
};

/** Debian's package holds the daemon; without a network it would fail here, with apt's own words. */
const install = async (): Promise<void> => {
  const missing = [['dockerd', 'docker.io'], ['debootstrap', 'debootstrap'], ['iptables', 'iptables']].filter(([program]) => spawnSync('which', [program ?? '']).status !== 0);
  if (missing.length === 0) return;
  const names = missing.map(([, name]) => name ?? '');
  for (let tries = 1; ; tries += 1) {
    const problem = aptGet('update', '-q') ?? aptGet('install', '-y', '-q', '--no-install-recommends', ...names);
    if (problem === undefined) return;
    if (tries === APT_TRIES) throw new Error(`Docker is not here and could not be installed: ${problem}`);
    await delay(tries * 5_000);
  }
};

/** What went wrong, in apt's words. */
const aptGet = (...argv: readonly string[]): string | undefined => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr, stdout } = spawnSync('apt-get', [...APT_PATIENCE, ...argv], { env, timeout: APT_MS, encoding: 'utf8' });
  return status === 0 ? undefined : `apt-get ${argv.join(' ')} ended with ${status}.\n${stdout.slice(-500)}${stderr.slice(-1000)}`;
};

const startOwn = async (dataDisk?: string): Promise<TestDocker> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-docker-'));
  if (dataDisk !== undefined) {
    mkdirSync(join(folder, 'data'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${dataDisk}`, 'holdfast-test', join(folder, 'data')]);
  }
  const socketPath = join(folder, 'docker.sock');
  const argv = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--host', `unix://${socketPath}`, '--pidfile', join(folder, 'pid'), '--bridge', 'none'];
  let ended: Promise<unknown> = Promise.resolve();
  let pid = 0;
  const startOnce = async (): Promise<boolean> => {
    const log = openSync(join(folder, 'log'), 'a');
    const daemon = spawn('dockerd', argv, { stdio: ['ignore', log, log] });
    closeSync(log);
    pid = daemon.pid ?? NaN;
    ended = new Promise((resolve) => daemon.once('exit', resolve));
    const deadline = performance.now() + START_MS;
    while (!(await answers(socketPath))) {
      if (daemon.exitCode !== null) return false;
      if (performance.now() > deadline) throw new Error(`dockerd does not answer.\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`);
      await delay(50);
    }
    return true;
  };
  // Daemons of two tests that start at once change the same chains of the packet filter, and one of them gives up.
  const start = async (): Promise<void> => {
    for (let attempt = 0; attempt < START_TRIES; attempt++) {
      if (await startOnce()) return;
      await delay(2_000);
    }
    throw new Error(`dockerd ended at its start.\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    try {
      process.kill(pid, signal);
    } catch (problem) {
      // It has ended by itself.
      if ((problem as NodeJS.ErrnoException).code !== 'ESRCH') throw problem;
    }
    const isEnded = await Promise.race([ended.then(() => true), delay(STOP_MS, false, { ref: false })]);
    if (!isEnded) throw new Error(`dockerd (pid ${pid}) does not end.`);
  };
  await start();
  return {
    socketPath,
    own: { dataDirectory: join(folder, 'data'), start, kill: () => end('SIGTERM') },
    stop: async () => {
      await keepMachineImage(socketPath);
      await end('SIGTERM');
      // Docker leaves a network namespace mounted.
      const mounts = readFileSync('/proc/mounts', 'utf8').split('\n').map((line) => line.split(' ')[1] ?? '');
      for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).reverse()) spawnSync('umount', [mount]);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};

const answers = async (socketPath: string): Promise<boolean> => {
  if (!existsSync(socketPath)) return false;
  try {
    await new Docker({ socketPath }).ping();
    return true;
  } catch {
    return false;
  }
};
