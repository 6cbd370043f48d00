import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MACHINE_IMAGE } from '@holdfast/infra/providers/docker';
import Docker from 'dockerode';
import { toolsDirectory } from './event-store-server.js';

/** Suites that start a Docker of their own would each build the image of machines: a minute, where reading it takes seconds. */
const folder = (): string => join(toolsDirectory(), 'machine-image');
const fileName = `${MACHINE_IMAGE.replace(':', '-')}.tar`;

/** Puts the image that another suite has kept into this Docker; nothing where none was. What cannot be read is built anew. */
export const loadMachineImage = async (socketPath: string): Promise<void> => {
  const kept = await readdir(folder()).catch(() => [] as string[]);
  if (!kept.includes(fileName)) return;
  const docker = new Docker({ socketPath });
  try {
    const progress = await docker.loadImage(createReadStream(join(folder(), fileName)), { quiet: true });
    await new Promise<void>((resolve, reject) => docker.modem.followProgress(progress, (problem) => (problem === null ? resolve() : reject(problem))));
  } catch {
    await rm(join(folder(), fileName), { force: true });
  }
};

/** Keeps the image that this Docker has for the next one. A Docker that was killed, has none, or has one with further package sources keeps nothing. */
export const keepMachineImage = async (socketPath: string): Promise<void> => {
  const image = new Docker({ socketPath }).getImage(MACHINE_IMAGE);
  const kept = await readdir(folder()).catch(() => [] as string[]);
  const isPlain = await image.inspect().then(({ Config }) => !Object.keys(Config.Labels ?? {}).some((label) => label.startsWith('io.holdfast.')), () => false);
  if (kept.includes(fileName) || !isPlain) return;
  const unfinished = join(folder(), `${fileName}.${process.pid}.unfinished`);
  await mkdir(folder(), { recursive: true });
  try {
    await pipeline(await image.get(), createWriteStream(unfinished));
    await rename(unfinished, join(folder(), fileName));
    // Of an earlier recipe.
    for (const other of kept) if (other.endsWith('.tar')) await rm(join(folder(), other), { force: true });
  } finally {
    await rm(unfinished, { force: true });
  }
};
