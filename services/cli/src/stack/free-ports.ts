import { createServer, type Server } from 'node:net';

/** Ports of 127.0.0.1 that nobody listens on now, all different. For stacks of their own; another program may take one meanwhile. */
export const freePorts = async (count: number): Promise<number[]> => {
  // All are held until all are known, so that none is given twice.
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('A server on a port has no port.');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};

const listen = (): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  });
