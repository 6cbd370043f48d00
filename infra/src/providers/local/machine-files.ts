import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readlink, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import type { MachinePlace } from './machine-place.js';

const DEFAULT_MODE = 0o644;
const STREAM_PIECE_BYTES = 256 * 1024;

/**
 * Files of a machine. Its user owns the data directory and may put symbolic links there, which root must not follow out of it:
 * a folder is therefore opened, asked where it really lies, and then used through that open handle (/proc/self/fd).
 */
export class MachineFiles {
  constructor(private readonly place: MachinePlace) {}

  /** Whole or not at all, and on the disk when it answers. The folder must exist. */
  async write(path: string, content: string | Uint8Array | AsyncIterable<Uint8Array>, mode = DEFAULT_MODE, signal?: AbortSignal): Promise<void> {
    await this.inFolderOf(path, async (folder, inFolder, name) => {
      const unfinished = inFolder(`.${name}.${randomBytes(6).toString('hex')}`);
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
      const file = await open(unfinished, flags, 0o600);
      try {
        await file.writeFile(content, signal ? { signal } : {});
        await file.chmod(mode);
        if (this.place.runAs) await file.chown(this.place.runAs.uid, this.place.runAs.gid);
        await file.sync();
        await rename(unfinished, inFolder(name));
      } catch (problem) {
        await rm(unfinished, { force: true });
        throw problem;
      } finally {
        await file.close();
      }
      await folder.sync();
    });
  }

  async read(path: string): Promise<string> {
    const file = await open(this.absolute(path), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (this.isWithinData(path)) await this.requireInside(file, path);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  }

  async *stream(path: string): AsyncGenerator<Uint8Array> {
    const file = await open(this.absolute(path), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (this.isWithinData(path)) await this.requireInside(file, path);
      const buffer = Buffer.alloc(STREAM_PIECE_BYTES);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length);
        if (bytesRead === 0) return;
        yield Uint8Array.from(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }

  async exists(path: string): Promise<boolean> {
    try {
      await stat(this.absolute(path));
      return true;
    } catch (problem) {
      if (isMissing(problem)) return false;
      throw problem;
    }
  }

  /** With all that is in it. Nothing to do when it is not there. */
  async remove(path: string): Promise<void> {
    try {
      await this.inFolderOf(path, (_folder, inFolder, name) => rm(inFolder(name), { recursive: true, force: true, maxRetries: 3 }));
    } catch (problem) {
      if (!isMissing(problem)) throw problem;
    }
  }

  absolute(path: string): string {
    return resolve(this.place.dataDirectory, path);
  }

  private async inFolderOf(path: string, use: (folder: FileHandle, inFolder: (name: string) => string, name: string) => Promise<void>): Promise<void> {
    if (!this.isWithinData(path)) throw new Error(`${path} is not within the data directory of ${this.place.machineId}.`);
    const folder = await open(dirname(this.absolute(path)), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await this.requireInside(folder, path);
      await use(folder, (name) => `/proc/self/fd/${folder.fd}/${name}`, basename(this.absolute(path)));
    } finally {
      await folder.close();
    }
  }

  private isWithinData(path: string): boolean {
    return isBelow(this.place.dataDirectory, this.absolute(path));
  }

  private async requireInside(file: FileHandle, path: string): Promise<void> {
    const data = await realpath(this.place.dataDirectory);
    const real = await readlink(`/proc/self/fd/${file.fd}`);
    if (real !== data && !isBelow(data, real)) throw new Error(`${path} leads out of the data directory of ${this.place.machineId}.`);
  }
}

const isBelow = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith('../');
};

const isMissing = (problem: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((problem as NodeJS.ErrnoException).code ?? '');
