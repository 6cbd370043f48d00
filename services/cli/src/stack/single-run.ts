import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MS = 200;

/**
 * Runs `work` while no other process does so for the same home. The lock is an abstract Unix socket: the kernel frees it when its
 * process dies, however it dies. Throws when the other one takes longer than the limit.
 */
export const runAlone = async <T>(home: string, timeoutMs: number, work: () => Promise<T>): Promise<T> => {
  const name = `\0holdfast-${createHash('sha256').update(home).digest('hex').slice(0, 32)}`;
  const deadline = Date.now() + timeoutMs;
  let lock = await tryLock(name);
  while (lock === undefined) {
    if (Date.now() > deadline) throw new Error(`Another ./holdfast is starting or stopping the parts in ${home}, for more than ${timeoutMs / 1000} s. Wait for it, then run this again.`);
    await delay(RETRY_MS);
    lock = await tryLock(name);
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
};

const tryLock = (name: string): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (problem: NodeJS.ErrnoException) => (problem.code === 'EADDRINUSE' ? resolve(undefined) : reject(problem)));
    server.listen(name, () => {
      server.unref();
      resolve(server);
    });
  });
