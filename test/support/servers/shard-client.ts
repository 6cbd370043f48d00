import { createCluster, DisconnectsClientError } from '@redis/client';

/** A client that knows the cluster: it follows keys from node to node by itself, as the client libraries of these servers do. */
export interface ShardClient {
  write(key: string, value: string): Promise<void>;
  read(key: string): Promise<string | null>;
  close(): Promise<void>;
}

/**
 * When a node's role changes, this client closes its own connection to it with the commands that wait on it (DisconnectsClientError).
 * That is its word for "again": no server has refused anything.
 */
const persistently = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DisconnectsClientError)) throw error;
    return persistently(work);
  }
};

/** Begins with any of the seeds, as the application. */
export const connectToShards = async (seeds: readonly { host: string; port: number }[], { user, password }: { user: string; password: string }): Promise<ShardClient> => {
  const client = createCluster({ rootNodes: seeds.map((socket) => ({ socket })), defaults: { username: user, password }, RESP: 2 });
  client.on('error', () => undefined); // The command says it.
  await client.connect();
  return {
    write: (key, value) => persistently(async () => void (await client.set(key, value))),
    read: (key) => persistently(() => client.get(key)),
    close: async () => client.destroy(),
  };
};
