import type { MachineListing } from '@holdfast/domain';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { EventStoreHostRegistry } from '@holdfast/infra/hosts';
import { SshProvider } from '@holdfast/infra/providers/ssh';
import { loadOrCreateKeyFile, PostgresSecrets } from '@holdfast/infra/secrets';
import { readConfiguration } from '@holdfast/infra/configuration';
import type { StackPlaces } from './stack-places.js';

const ACTOR = { actor: 'system:cli', correlationId: 'ssh' };
/** Somebody waits; a host that is down is told as such. */
const LIMITS = { connectMs: 5_000, keepAliveMs: 5_000, keepAliveCountMax: 2, idleMs: 10_000 };

/** With the provider of servers that were brought. Needs the event store. Throws EventStoreUnavailable. */
const onOwnHosts = async <T>({ env, repository }: StackPlaces, work: (provider: SshProvider) => Promise<T>): Promise<T> => {
  // Read again: the event store may have got its password only now.
  const { eventStoreUrl, keys } = readConfiguration(env, repository);
  const store = PostgresEventStore.connect(eventStoreUrl, { maxConnections: 2 });
  const secrets = new PostgresSecrets(store.pool, loadOrCreateKeyFile(keys.secrets));
  const provider = new SshProvider({ registry: new EventStoreHostRegistry(store, secrets, ACTOR), limits: LIMITS });
  try {
    return await work(provider);
  } finally {
    await provider.close();
    await store.close();
  }
};

/** Machines on servers that were brought; one whose server is down is told from the facts. */
export const listOwnHosts = (places: StackPlaces): Promise<readonly MachineListing[]> => onOwnHosts(places, (provider) => provider.list());

/** What became of the servers that served. */
export interface HostsGivenBack {
  readonly given: number;
  /** Those that keep what is on them, with why. */
  readonly kept: readonly { readonly address: string; readonly machineId: string; readonly reason: string }[];
}

/** Takes everything of ours from every server that serves, also from those in quarantine: nobody could once the facts and keys are gone. */
export const giveHostsBack = (places: StackPlaces): Promise<HostsGivenBack> =>
  onOwnHosts(places, async (provider) => {
    const machines = await provider.list();
    const kept = await Promise.all(
      machines.map(async ({ machineId, address }) => {
        try {
          await provider.destroy(machineId);
          return [];
        } catch (error) {
          return [{ address, machineId, reason: error instanceof Error ? error.message : String(error) }];
        }
      }),
    );
    return { given: machines.length - kept.flat().length, kept: kept.flat() };
  });
