import { randomBytes } from 'node:crypto';
import { decideRegisterHost, decideRemoveHost, hostIdOf, type RegisteredHost } from '@holdfast/domain';
import { createPool, PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { EventStoreHostRegistry, HostLedger } from '@holdfast/infra/hosts';
import { PostgresSecrets } from '@holdfast/infra/secrets';
import { startEventStoreServer } from './event-store-server.js';

const META = { actor: 'test', correlationId: 'test' };

/** Hosts on a real event store of their own. */
export interface TestRegistry {
  readonly registry: EventStoreHostRegistry;
  readonly store: PostgresEventStore;
  /** Where the facts lie, and what the secrets are sealed with: for another process. */
  readonly access: { readonly url: string; readonly keyHex: string };
  /** Another installation's, on the same facts. */
  readonly stranger: EventStoreHostRegistry;
  add(address: string, port: number, user: string, privateKey: string): Promise<RegisteredHost>;
  remove(hostId: string): Promise<void>;
  host(hostId: string): Promise<RegisteredHost>;
  /** All facts of all hosts, as text. */
  facts(): Promise<string>;
  stop(): Promise<void>;
}

export const startRegistry = async (): Promise<TestRegistry> => {
  const server = await startEventStoreServer();
  const pool = createPool(server.url);
  const store = PostgresEventStore.connect(server.url);
  await store.migrate();
  const key = randomBytes(32);
  const secrets = new PostgresSecrets(pool, key);
  await secrets.migrate();
  const ledger = new HostLedger(store);
  const registry = new EventStoreHostRegistry(store, secrets, META);
  const stranger = new EventStoreHostRegistry(store, { ...secretsOf(secrets), ensure: async () => 'another installation' }, META);
  const host = async (hostId: string): Promise<RegisteredHost> => {
    const found = await registry.find(hostId);
    if (found === undefined) throw new Error(`There is no host ${hostId}.`);
    return found;
  };
  return {
    ...{ registry, stranger, store, host, access: { url: server.url, keyHex: key.toString('hex') } },
    add: async (address, port, user, privateKey) => {
      const id = hostIdOf(address, port);
      const keyReference = `host/${id}/private-key`;
      await secrets.put(keyReference, privateKey);
      await ledger.change(id, (state) => decideRegisterHost(state, { address, port, user, keyReference }), META);
      // readAll shows a fact only once nothing older is being written.
      while (!(await registry.list()).some((listed) => listed.id === id)) await new Promise((resolve) => setTimeout(resolve, 5));
      return host(id);
    },
    remove: async (hostId) => void (await ledger.change(hostId, (host) => decideRemoveHost(host, { isLost: false, isWanted: true }), META)),
    facts: async () => JSON.stringify((await store.readAll({ after: '', limit: 10_000, streamPrefix: 'host-' })).facts),
    stop: async () => {
      await store.close();
      await pool.end();
      await server.stop();
    },
  };
};

const secretsOf = (secrets: PostgresSecrets) => ({
  put: (reference: string, value: string) => secrets.put(reference, value),
  get: (reference: string) => secrets.get(reference),
  destroy: (prefix: string) => secrets.destroy(prefix),
});
