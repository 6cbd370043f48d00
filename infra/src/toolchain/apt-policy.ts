import { stat } from 'node:fs/promises';
import { runProgram, type Output } from './command.js';

/** What apt's answers follow from: sources, pins, lists and installed packages. A file that is edited changes nothing before the lists do. */
const STATE_PATHS = ['/etc/apt/sources.list', '/etc/apt/sources.list.d', '/etc/apt/preferences', '/etc/apt/preferences.d', '/var/lib/apt/lists', '/var/lib/dpkg/status'];
const ASK_MS = 20_000;

const known = new Map<string, { readonly state: string; readonly output: Promise<Output> }>();

/**
 * What `apt-cache policy` tells of packages. That takes half a second of a processor and is asked for every node, so it is asked
 * again only when something has changed from which the answer follows. What ended badly, or not in time, is told and not remembered.
 */
export const aptPolicy = async (names: readonly string[], statePaths: readonly string[] = STATE_PATHS): Promise<string> => {
  const key = names.join(' ');
  const state = (await Promise.all(statePaths.map(changedAt))).join(' ');
  const before = known.get(key);
  if (before?.state === state && (await before.output).exitCode === 0) return (await before.output).text;
  const output = runProgram(['apt-cache', 'policy', ...names], { timeoutMs: ASK_MS, env: { LC_ALL: 'C' } });
  known.set(key, { state, output });
  return (await output).text;
};

/** Empty where there is none. */
const changedAt = async (path: string): Promise<string> => {
  try {
    return String((await stat(path)).mtimeMs);
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw problem;
  }
};

/** From what `apt-cache policy` tells of several packages, such as `Candidate: 8.0.46-0ubuntu0.24.04.1` under the package's name. */
export const candidateIn = (policy: string, name: string): string | undefined => {
  const stanza = policy.split(/^(?=\S+:$)/m).find((text) => text.startsWith(`${name}:\n`)) ?? '';
  return /Candidate: (?:\d+:)?(\d+\.\d+)/.exec(stanza)?.[1];
};
