import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ServiceSpec } from '@holdfast/domain';
import { SERVICES_FOLDER, type MachinePlace } from './machine-place.js';
import { parseIdentity, type ProcessIdentity } from './process-table.js';

/** What is to run, and whether it is to run after a reboot. */
export interface ServiceDefinition {
  readonly spec: ServiceSpec;
  readonly enabled: boolean;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The files of one service, in a folder where the machine's user may not write. Shared with the supervisor's script. */
export class ServiceFiles {
  readonly directory: string;

  constructor(place: MachinePlace, name: string) {
    if (!NAME.test(name)) throw new Error(`${JSON.stringify(name)} is not the name of a service: lower-case letters, digits and hyphens.`);
    this.directory = join(place.directory, SERVICES_FOLDER, name);
  }

  static namesOn(place: MachinePlace): string[] {
    const folder = join(place.directory, SERVICES_FOLDER);
    return existsSync(folder) ? readdirSync(folder).filter((name) => NAME.test(name)) : [];
  }

  path(file: string): string {
    return join(this.directory, file);
  }

  make(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o755 });
  }

  definition(): ServiceDefinition | undefined {
    const text = this.read('definition.json');
    return text === undefined ? undefined : (JSON.parse(text) as ServiceDefinition);
  }

  /** On the disk when it answers: a server stopped on purpose must not come back when the computer does. */
  async saveDefinition(definition: ServiceDefinition): Promise<void> {
    await replaceFile(this.path('definition.json'), `${JSON.stringify(definition)}\n`, 0o600);
  }

  /** The supervisor with this token goes on; any other ends with its program. */
  token(): string | undefined {
    return this.read('token')?.trim();
  }

  async saveToken(token: string): Promise<void> {
    await replaceFile(this.path('token'), `${token}\n`, 0o644, false);
  }

  removeToken(): void {
    rmSync(this.path('token'), { force: true });
  }

  /** Of the program that was started last, which may have ended. */
  child(): ProcessIdentity | undefined {
    return parseIdentity(this.read('child') ?? '');
  }

  /** Of the supervisor that started the program. */
  childToken(): string | undefined {
    return this.read('child')?.trim().split(' ')[3];
  }

  supervisorToken(): string | undefined {
    return this.read('supervisor')?.trim().split(' ')[3];
  }

  supervisor(): ProcessIdentity | undefined {
    return parseIdentity(this.read('supervisor') ?? '');
  }

  private read(file: string): string | undefined {
    try {
      return readFileSync(this.path(file), 'utf8');
    } catch (problem) {
      if ((problem as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw problem;
    }
  }
}

/** Whole or not at all. With `durable`, on the disk when it answers. */
export const replaceFile = async (path: string, content: string, mode: number, durable = true): Promise<void> => {
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(unfinished, 'wx', mode);
  try {
    await file.writeFile(content);
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  if (durable) await syncFolder(dirname(path));
};

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};
