import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where state and programs lie when nothing is set. */
export interface DefaultPlaces {
  readonly home: string;
  readonly tools: string;
  /** Why they do not lie in the checkout, as a sentence to print; absent when they do. */
  readonly moved?: string;
}

/** What the decision looks at; given by tests, else asked from the system. */
export interface PlaceProbe {
  readonly isRoot: boolean;
  /** Permission bits of a folder. */
  mode(folder: string): number;
}

/** For installations whose checkout unprivileged users cannot enter. */
export const SYSTEM_STATE_DIRECTORY = '/var/lib/holdfast';

const OTHERS_MAY_ENTER = 0o001;

const SYSTEM: PlaceProbe = {
  isRoot: process.getuid?.() === 0,
  // What does not exist yet will be made for everybody to enter.
  mode: (folder) => (existsSync(folder) ? statSync(folder).mode : OTHERS_MAY_ENTER),
};

/**
 * `.holdfast` of the checkout; but started by root, servers run as an unprivileged user, who must be able to enter every folder
 * on the way. Where that is not so, a folder of this checkout under /var/lib/holdfast. This is the only place that decides it.
 */
export const resolveHome = (repository: string, probe: PlaceProbe = SYSTEM): DefaultPlaces => {
  const inside = join(repository, '.holdfast');
  const closed = probe.isRoot ? firstClosedFolder(repository, probe) : undefined;
  if (closed === undefined) return { home: inside, tools: join(inside, 'tools') };
  const home = join(SYSTEM_STATE_DIRECTORY, digestOf(resolve(repository)));
  return {
    home,
    tools: join(home, 'tools'),
    moved: `State lies in ${home}: the servers' unprivileged user cannot enter ${closed}. HOLDFAST_HOME and HOLDFAST_TOOLS change it.`,
  };
};

/** Eight hex digits of a path, by which several installations on one computer are told apart. */
export const digestOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 8);

/** The topmost folder on the way to this one, itself included, that only its owner or group may enter. */
export const firstClosedFolder = (folder: string, probe: PlaceProbe = SYSTEM): string | undefined => {
  const parent = dirname(folder);
  const above = parent === folder ? undefined : firstClosedFolder(parent, probe);
  return above ?? ((probe.mode(folder) & OTHERS_MAY_ENTER) === 0 ? folder : undefined);
};
