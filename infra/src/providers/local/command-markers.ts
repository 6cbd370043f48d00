import { mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { COMMANDS_FOLDER, type MachinePlace } from './machine-place.js';
import { holdersOf, identifyProcess, isAlive, parseIdentity, signalProcess, waitUntilGone, type IsMarker } from './process-table.js';

/** A killed process is gone in milliseconds, unless the kernel waits for a disk on its behalf. */
const KILL_TIMEOUT_MS = 10_000;

/**
 * A file that every command inherits, named after the process that gave it: while a command lives, the kernel knows whose it is.
 * The caller closes it.
 */
export const openCommandMarker = (place: MachinePlace): number => {
  const own = identifyProcess(process.pid);
  if (!own) throw new Error('This process is not in /proc: the local provider needs Linux with /proc mounted.');
  return openSync(join(place.directory, COMMANDS_FOLDER, `${own.pid} ${own.startTicks} ${own.bootId}`), 'a');
};

/**
 * Ends the commands of processes that live no more. A worker that is killed leaves its commands running, and a copy that writes
 * on while the next worker makes it anew would mix two copies.
 */
export const endOrphanedCommands = async (place: MachinePlace): Promise<void> => {
  const folder = join(place.directory, COMMANDS_FOLDER);
  for (const name of readFolder(folder)) {
    const giver = parseIdentity(name);
    if (giver && isAlive(giver)) continue;
    await killHolders((path) => path === join(folder, name));
    rmSync(join(folder, name), { force: true });
  }
};

/** Kills the processes that hold such a file, until there is none: what is being started meanwhile is found in the next round. */
export const killHolders = async (isMarker: IsMarker): Promise<void> => {
  const deadline = performance.now() + KILL_TIMEOUT_MS;
  for (let found = holdersOf(isMarker); found.length > 0; found = holdersOf(isMarker)) {
    if (performance.now() > deadline) throw new Error(`Processes ${found.map(({ pid }) => pid).join(', ')} do not end.`);
    for (const identity of found) signalProcess(identity, 'SIGKILL');
    await waitUntilGone(found, KILL_TIMEOUT_MS);
  }
};

/** The process that gives a marker holds it too, for a moment. */
export const isCommandMarker = (place: MachinePlace): IsMarker => {
  const folder = join(place.directory, COMMANDS_FOLDER);
  return (path, holderPid) => dirname(path) === folder && parseIdentity(basename(path))?.pid !== holderPid;
};

const readFolder = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code !== 'ENOENT') throw problem;
    return [];
  }
};

export const makeCommandsFolder = (place: MachinePlace): void => void mkdirSync(join(place.directory, COMMANDS_FOLDER), { recursive: true, mode: 0o755 });
