import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runWithRetries } from './command.js';

const CHMOD_MS = 60_000;

/**
 * Makes a folder of programs that exists only when it is whole: filled beside, tried, then renamed. Of processes that do this at
 * the same time one wins, and the others use what it made. Nothing to do when `program` is there; a folder without it (left by
 * something else) is replaced. Everybody may read what is made, since servers run as other users.
 * @param program path within the folder that tells that it is whole
 * @param fill puts everything into `made`, which lies as deep as `folder`, and tries it; `scratch` is removed afterwards
 */
export const installFolder = async (folder: string, program: string, fill: (made: string, scratch: string) => Promise<void>): Promise<void> => {
  if (existsSync(join(folder, program))) return;
  const parent = dirname(folder);
  if ((await mkdir(parent, { recursive: true })) !== undefined) await chmod(parent, 0o755);
  const made = await mkdtemp(join(parent, '.installing-'));
  const scratch = await mkdtemp(join(parent, '.scratch-'));
  try {
    await fill(made, scratch);
    await runWithRetries(['chmod', '-R', 'a+rX', made], { timeoutMs: CHMOD_MS }, () => undefined);
    await moveInPlace(made, folder, program, join(scratch, 'replaced'));
  } finally {
    await Promise.all([made, scratch].map((path) => rm(path, { recursive: true, force: true })));
  }
};

const moveInPlace = async (made: string, folder: string, program: string, aside: string): Promise<void> => {
  try {
    if (existsSync(folder) && !existsSync(join(folder, program))) await rename(folder, aside);
    await rename(made, folder);
  } catch (problem) {
    // Another process was faster; its programs were tried too.
    if (!existsSync(join(folder, program))) throw problem;
  }
};
