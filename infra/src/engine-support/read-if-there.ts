import type { Machine } from '@holdfast/domain';

/** The file's text, or undefined where there is none. One question to the machine, not two. */
export const readIfThere = async (machine: Machine, path: string): Promise<string | undefined> => {
  try {
    return await machine.readFile(path);
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw problem;
  }
};
