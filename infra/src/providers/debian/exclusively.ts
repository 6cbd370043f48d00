import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_FIRST_MS = 1;
const RETRY_MAX_MS = 25;

/** Somebody else has been changing the same thing for longer than we wait. The call may be repeated. */
export class StillBusy extends Error {
  override readonly name = 'StillBusy';
}

/**
 * Runs `work` while no other caller with the same name runs theirs, in this process or another of this computer.
 *
 * The lock is a name in Linux's abstract socket namespace: taken at once or not at all, and given back by the kernel however its
 * holder ends. A lock file would have to be judged stale by those who find it, and two of them can judge at the same time.
 *
 * Throws StillBusy after `waitMs`.
 */
export const exclusively = async <T>(name: string, waitMs: number, work: () => Promise<T>): Promise<T> => {
  const lock = await take(name, waitMs);
  try {
    return await work();
  } finally {
    await new Promise((resolve) => lock.close(resolve));
  }
};

const take = async (name: string, waitMs: number): Promise<Server> => {
  const address = `\0holdfast-${createHash('sha256').update(name).digest('hex')}`;
  const deadline = performance.now() + waitMs;
  for (let pauseMs = RETRY_FIRST_MS; ; pauseMs = Math.min(pauseMs * 2, RETRY_MAX_MS)) {
    const lock = await listenAt(address);
    if (lock) return lock;
    if (performance.now() > deadline) throw new StillBusy(`Another process has been changing ${name} for more than ${waitMs} ms.`);
    await delay(pauseMs);
  }
};

const listenAt = (address: string): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer((stranger) => stranger.destroy());
    server.once('error', (problem: NodeJS.ErrnoException) => (problem.code === 'EADDRINUSE' ? resolve(undefined) : reject(problem)));
    server.listen({ path: address, exclusive: true }, () => resolve(server));
  });
