import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const KEY_BYTES = 32;

/** A key file is missing, of the wrong size, or readable by others. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** 32 random bytes, kept in a file that only its owner reads; made at the first call, by whoever comes first. */
export const loadOrCreateKeyFile = (path: string): Buffer => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    return loadKeyFile(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  writeFileSync(draft, randomBytes(KEY_BYTES), { mode: 0o400 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!isExisting(error)) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return loadKeyFile(path);
};

const loadKeyFile = (path: string): Buffer => {
  const key = readFileSync(path);
  if (key.length !== KEY_BYTES) throw new KeyFileError(`${path} has ${key.length} bytes; a key has ${KEY_BYTES}.`);
  if ((statSync(path).mode & 0o077) !== 0) throw new KeyFileError(`${path} can be read by others. Run: chmod 0400 ${path}`);
  return key;
};

const codeOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined);
const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';
const isExisting = (error: unknown): boolean => codeOf(error) === 'EEXIST';
