// Runs a program in a process group of its own, with a time limit: past it the whole group is ended, so that nothing is left behind.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const KILL_GRACE_MS = 10_000;
const OUTPUT_BYTES_MAX = 64 * 1024;

/** The Node that came with the packages, where it is there: tools need a newer one than the machine may have. */
export const nodeProgram = () => {
  const own = join(root, 'node_modules/node/bin/node');
  return existsSync(own) ? own : process.execPath;
};

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/**
 * @param {string[]} argv program and arguments
 * @param {{ timeoutMs: number, logFile: string, onLine?: (line: string) => void, env?: Record<string, string> }} options
 *   everything printed goes to the log file; each line also to `onLine`
 * @returns {Promise<{ exitCode: number | null, timedOut: boolean, durationMs: number, output: string }>} `output`: its last 64 KiB
 */
export const runLimited = (argv, { timeoutMs, logFile, onLine = () => undefined, env = {} }) =>
  new Promise((resolve) => {
    const begun = performance.now();
    const log = createWriteStream(logFile);
    const child = spawn(argv[0], argv.slice(1), { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, ...env } });
    let output = '';
    let timedOut = false;
    const rests = { stdout: '', stderr: '' };
    const take = (stream, piece) => {
      log.write(piece);
      output = (output + piece).slice(-OUTPUT_BYTES_MAX);
      const lines = (rests[stream] + piece).split('\n');
      rests[stream] = lines.pop() ?? '';
      lines.forEach(onLine);
    };
    const end = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch (problem) {
        if (problem.code !== 'ESRCH') throw problem;
      }
    };
    let kill;
    const limit = setTimeout(() => {
      timedOut = true;
      end('SIGTERM');
      kill = setTimeout(() => end('SIGKILL'), KILL_GRACE_MS);
    }, timeoutMs);
    const forward = (signal) => {
      end(signal);
      process.exit(130);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    for (const stream of ['stdout', 'stderr']) child[stream].setEncoding('utf8').on('data', (piece) => take(stream, piece));
    child.on('error', (problem) => take('stderr', `${problem.message}\n`));
    child.on('close', (exitCode) => {
      clearTimeout(limit);
      clearTimeout(kill);
      for (const signal of signals) process.off(signal, forward);
      if (timedOut) end('SIGKILL');
      for (const rest of Object.values(rests)) if (rest !== '') onLine(rest);
      log.end(() => resolve({ exitCode, timedOut, durationMs: performance.now() - begun, output }));
    });
  });
