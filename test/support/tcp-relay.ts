import { connect, createServer, type Socket } from 'node:net';

/** A network between a client and a server, that can fail. */
export interface TcpRelay {
  readonly port: number;
  /** How many connections were made through it. */
  readonly connections: () => number;
  /** Both sides see their connection reset. */
  cut(): void;
  /** Nothing comes through any more, and nobody is told; also for new connections. */
  fallSilent(): void;
  close(): Promise<void>;
}

export const startRelay = async (port: number, host = '127.0.0.1'): Promise<TcpRelay> => {
  const pairs = new Set<readonly [Socket, Socket]>();
  let count = 0;
  let isSilent = false;
  const server = createServer((client) => {
    count += 1;
    const upstream = connect({ host, port });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [one, other] of [pair, [upstream, client] as const]) {
      one.on('data', (piece) => void (isSilent || other.write(piece)));
      one.on('end', () => void (isSilent || other.end()));
      one.on('error', () => undefined); // The cut that a test asked for.
      one.on('close', () => void (isSilent || other.destroy()));
    }
    client.once('close', () => pairs.delete(pair));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const drop = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => count,
    cut: drop,
    fallSilent: () => void (isSilent = true),
    close: async () => {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
