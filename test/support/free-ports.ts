import { createServer } from 'node:net';

/** Below the range from which the system gives outgoing connections their ports (ip_local_port_range begins at 32768). */
const [LOWEST, HIGHEST] = [10_000, 32_000];
const TRIES_MAX = 200;

/** Different ports of 127.0.0.1 that nobody listens on now, and that no outgoing connection will be given meanwhile. */
export const freePorts = async (count: number): Promise<number[]> => {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries > TRIES_MAX) throw new Error(`There are no ${count} free ports between ${LOWEST} and ${HIGHEST}.`);
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) found.add(port);
  }
  return [...found];
};

export const freePort = async (): Promise<number> => {
  const [port = 0] = await freePorts(1);
  return port;
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
