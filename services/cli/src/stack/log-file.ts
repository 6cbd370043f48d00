import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const ROTATE_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 256 * 1024;

/** Opens a log for appending; a long one is put aside first, and one older is kept. The caller closes the descriptor. */
export const openLog = (file: string): number => {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > ROTATE_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o640);
};

/** The newest lines, oldest first; none when there is no log. */
export const tailLog = (file: string, lines: number): readonly string[] => {
  if (!existsSync(file)) return [];
  const text = readFrom(file, Math.max(0, statSync(file).size - TAIL_BYTES)).text.trimEnd();
  return text === '' ? [] : text.split('\n').slice(-lines);
};

/** What was written since `offset`; from the beginning when the log was put aside meanwhile. */
export const readFrom = (file: string, offset: number): { text: string; offset: number } => {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const start = offset > size ? 0 : offset;
    const buffer = Buffer.alloc(size - start);
    const length = readSync(descriptor, buffer, 0, buffer.length, start);
    return { text: buffer.toString('utf8', 0, length), offset: start + length };
  } finally {
    closeSync(descriptor);
  }
};
