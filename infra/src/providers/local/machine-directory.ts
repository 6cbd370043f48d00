import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineListing } from '@holdfast/domain';
import { LABELS_FILE } from './machine-place.js';
import { replaceFile } from './service-files.js';

/** What is known of a machine; written last of all when it is made, so that a directory without it is half made. */
export interface MachineLabels {
  readonly machineId: string;
  readonly clusterId: string;
  readonly name: string;
  readonly address: string;
  readonly ports: readonly number[];
  readonly createdAt: string;
}

const QUARANTINE_MARK = 'quarantined-at';

export const readLabels = (directory: string): MachineLabels | undefined => {
  const text = read(join(directory, LABELS_FILE));
  return text === undefined ? undefined : (JSON.parse(text) as MachineLabels);
};

export const writeLabels = (directory: string, labels: MachineLabels): Promise<void> => replaceFile(join(directory, LABELS_FILE), `${JSON.stringify(labels, null, 2)}\n`, 0o644);

export const markQuarantined = (directory: string, at: Date): Promise<void> => replaceFile(join(directory, QUARANTINE_MARK), `${at.toISOString()}\n`, 0o644);

export const QUARANTINE_MARK_FILE = QUARANTINE_MARK;

/** Names of the machines' directories in a folder; empty when there is no such folder. */
export const machineIdsIn = (folder: string): string[] => {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code !== 'ENOENT') throw problem;
    return [];
  }
};

/** Undefined when it was removed meanwhile. One that is half made has only an id and the time of its directory. */
export const listingOf = (folder: string, machineId: string, state: MachineListing['state']): MachineListing | undefined => {
  const directory = join(folder, machineId);
  const bornAt = birthOf(directory);
  if (bornAt === undefined) return undefined;
  const labels = readLabels(directory);
  const mark = state === 'quarantined' ? read(join(directory, QUARANTINE_MARK))?.trim() : undefined;
  return {
    machineId,
    clusterId: labels?.clusterId ?? '',
    name: labels?.name ?? machineId,
    address: labels?.address ?? '',
    createdAt: labels?.createdAt ?? bornAt.toISOString(),
    state,
    ...(mark === undefined ? {} : { quarantinedAt: mark }),
  };
};

const birthOf = (directory: string): Date | undefined => statSync(directory, { throwIfNoEntry: false })?.birthtime;

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code !== 'ENOENT') throw problem;
    return undefined;
  }
};
