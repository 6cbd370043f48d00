import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Enough for any number of lines that people read; a log may be 20 MiB. */
const READ_BYTES_MAX = 1024 * 1024;

/** The newest lines of a service's output, oldest first; those from before the log was cut are looked for in its copy. */
export const newestLines = (serviceDirectory: string, count: number): string[] => {
  const current = linesOf(join(serviceDirectory, 'log'));
  const older = current.length >= count ? [] : linesOf(join(serviceDirectory, 'log.1'));
  return count <= 0 ? [] : [...older, ...current].slice(-count);
};

const linesOf = (path: string): string[] => {
  const lines = endOf(path).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
};

const endOf = (path: string): string => {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw problem;
  }
  try {
    const { size } = fstatSync(file);
    const from = Math.max(0, size - READ_BYTES_MAX);
    const buffer = Buffer.alloc(size - from);
    const text = buffer.subarray(0, readSync(file, buffer, 0, buffer.length, from)).toString('utf8');
    // Where the reading began in the middle of a line, that line is left out.
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    closeSync(file);
  }
};
