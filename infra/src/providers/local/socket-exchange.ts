import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { basename, dirname } from 'node:path';

/** An answer that is longer comes from something else than what was asked. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Sends a text to a Unix socket, says that no more comes, and answers all that it is answered until the other side closes.
 *
 * A socket's address holds at most 107 bytes (unix(7)), a path may be longer: its folder is opened and gone through by handle.
 */
export const exchangeOverSocket = async (path: string, text: string, timeoutMs: number): Promise<string> => {
  const folder = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await converse(`/proc/self/fd/${folder.fd}/${basename(path)}`, text, timeoutMs);
  } finally {
    await folder.close();
  }
};

const converse = (address: string, text: string, timeoutMs: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(address);
    const pieces: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => socket.destroy(new Error(`No complete answer in ${timeoutMs} ms.`)), timeoutMs);
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > ANSWER_BYTES_MAX) socket.destroy(new Error(`The answer is longer than ${ANSWER_BYTES_MAX} bytes.`));
    });
    socket.once('error', (problem) => {
      clearTimeout(timer);
      reject(problem);
    });
    socket.once('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(pieces).toString('utf8'));
    });
    socket.end(text);
  });
