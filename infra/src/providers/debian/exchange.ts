import { posix } from 'node:path';
import { EXCHANGE_EXIT_CODES } from './exchange-script.js';
import type { MachineRunner } from './machine-runner.js';
import { EXCHANGE_PATH } from './preparation.js';

/** An answer that is longer comes from something else than what was asked. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** For the connection, beside the conversation's own limit. */
const AROUND_MS = 30_000;

/** See `Machine.exchange`. */
export const exchangeOnMachine = async (runner: MachineRunner, path: string, text: string, timeoutMs: number): Promise<string> => {
  const pieces: Buffer[] = [];
  let errors = '';
  const exitCode = await runner.run({
    argv: ['perl', EXCHANGE_PATH, posix.dirname(path), posix.basename(path), String(timeoutMs), String(ANSWER_BYTES_MAX)],
    as: 'account',
    isShort: true,
    input: text,
    timeoutMs: timeoutMs + AROUND_MS,
    onOutput: (stream, piece) => {
      if (stream === 'stdout') pieces.push(Buffer.from(piece));
      else errors += Buffer.from(piece).toString('utf8');
    },
  });
  switch (exitCode) {
    case 0:
      return Buffer.concat(pieces).toString('utf8');
    case EXCHANGE_EXIT_CODES.timeout:
      throw new Error(`No complete answer in ${timeoutMs} ms.`);
    case EXCHANGE_EXIT_CODES.tooLong:
      throw new Error(`The answer is longer than ${ANSWER_BYTES_MAX} bytes.`);
    case EXCHANGE_EXIT_CODES.missing:
      throw Object.assign(new Error(`${path}: ${errors.trim()}`), { code: 'ENOENT' });
    case EXCHANGE_EXIT_CODES.refused:
      throw Object.assign(new Error(`${path}: ${errors.trim()}`), { code: 'ECONNREFUSED' });
    default:
      throw new Error(`${path} on ${runner.machineId}: ${errors.trim() || `exit code ${exitCode}`}`);
  }
};
