import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Answers the file's text; where there is none, writes what `create` answers first. Of several processes that start at once one
 * creates it and all read the same: it appears whole, by a hard link, or not at all.
 */
export const loadOrCreateFile = (path: string, mode: number, create: () => string): string => {
  if (!existsSync(path)) createWhole(path, mode, create());
  return readFileSync(path, 'utf8');
};

const createWhole = (path: string, mode: number, text: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, text, { flag: 'wx', mode, flush: true });
    // The process's umask must not widen or narrow it.
    chmodSync(draft, mode);
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
};
