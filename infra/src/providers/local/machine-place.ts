import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where one machine lies on this computer, and as whom its programs run. */
export interface MachinePlace {
  readonly machineId: string;
  /** Ours alone: labels, services and markers. */
  readonly directory: string;
  /** The machine's user may write here and nowhere else. */
  readonly dataDirectory: string;
  /** Absent: as the user that Holdfast runs as. */
  readonly runAs?: UserIds;
}

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

export const placeOf = (directory: string, machineId: string, runAs: UserIds | undefined): MachinePlace => ({
  machineId,
  directory,
  dataDirectory: join(directory, 'data'),
  ...(runAs ? { runAs } : {}),
});

export const LABELS_FILE = 'machine.json';
export const SERVICES_FOLDER = 'services';
export const COMMANDS_FOLDER = 'commands';

/** Nothing of our own environment: it may hold tokens and keys that no server needs, and folders that its user may not enter. */
export const baseEnvironment = (place: MachinePlace): Record<string, string> => ({
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: place.dataDirectory,
  LANG: 'C.UTF-8',
});

const OTHERS_MAY_ENTER = 0o001;

/** The outermost folder on the way there that other users may not enter. */
export const firstClosedFolder = (folder: string): string | undefined => {
  const parent = dirname(folder);
  const above = parent === folder ? undefined : firstClosedFolder(parent);
  return above ?? ((statSync(folder).mode & OTHERS_MAY_ENTER) === 0 ? folder : undefined);
};
