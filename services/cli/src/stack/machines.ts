import { clusterStream, foldCluster, machineIdsOf, type Cluster, type ClusterEvent, type MachineListing } from '@holdfast/domain';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { DockerProvider, DockerUnavailable } from '@holdfast/infra/providers/docker';
import { LocalProvider } from '@holdfast/infra/providers/local';
import { unprivilegedUser } from '@holdfast/infra/toolchain';
import { readConfiguration } from '@holdfast/infra/configuration';
import { listOwnHosts } from './own-hosts.js';
import type { StackPlaces } from './stack-places.js';

/**
 * The providers whose machines are of this computer. What runs on servers of others is theirs to start and stop. Docker is looked
 * at only where it answers: most installations have none.
 */
const providersOf = ({ configuration, tools }: StackPlaces): readonly (LocalProvider | DockerProvider)[] => {
  const runAs = unprivilegedUser();
  return [
    new LocalProvider({ rootDirectory: configuration.machinesDirectory, toolsDirectory: tools, ...(runAs === undefined ? {} : { runAs }) }),
    new DockerProvider({ installation: configuration.installation }),
  ];
};

/** The sum of what the work answers for each provider that is there. */
const everywhere = async (places: StackPlaces, work: (provider: LocalProvider | DockerProvider) => Promise<number>): Promise<number> => {
  let sum = 0;
  for (const provider of providersOf(places)) {
    try {
      sum += await work(provider);
    } catch (problem) {
      if (!(problem instanceof DockerUnavailable)) throw problem;
    }
  }
  return sum;
};

/** Lets clusters run again after the computer was started. Answers how many machines there are. */
export const startMachines = (places: StackPlaces): Promise<number> =>
  everywhere(places, async (provider) => {
    await provider.startAll();
    return presentIn(await provider.list()).length;
  });

/** Stops the machines as a shutdown of the computer would: `startMachines` starts them again. Answers how many there are. */
export const stopMachines = (places: StackPlaces): Promise<number> =>
  everywhere(places, async (provider) => {
    await provider.stopAll();
    return presentIn(await provider.list()).length;
  });

/** Removes every machine with its data, also those in quarantine. Answers how many there were. */
export const destroyMachines = (places: StackPlaces): Promise<number> =>
  everywhere(places, async (provider) => {
    const machines = await provider.list();
    for (const { machineId } of machines) await provider.destroy(machineId);
    return machines.length;
  });

const listMachines = async (places: StackPlaces): Promise<readonly MachineListing[]> => {
  const machines: MachineListing[] = [];
  await everywhere(places, async (provider) => machines.push(...(await provider.list())));
  return machines;
};

/** Machines that no cluster may have, and those in quarantine. Throws EventStoreUnavailable. */
export const findOrphanMachines = async (places: StackPlaces): Promise<{ known: number; orphans: readonly MachineListing[] }> => {
  const machines = [...(await listMachines(places)), ...(await listOwnHosts(places))];
  const store = PostgresEventStore.connect(readConfiguration(places.env, places.repository).eventStoreUrl, { maxConnections: 1 });
  try {
    const clusters = new Map<string, Cluster>();
    for (const clusterId of new Set(machines.map((machine) => machine.clusterId))) {
      const facts = await store.readStream(clusterStream(clusterId));
      // The streams of clusters hold these facts alone.
      clusters.set(clusterId, foldCluster(facts as readonly { type: string; data: object }[] as readonly ClusterEvent[]));
    }
    const orphans = machines.filter((machine) => !isKnown(machine, clusters.get(machine.clusterId)));
    return { known: machines.length - orphans.length, orphans };
  } finally {
    await store.close();
  }
};

const isKnown = ({ machineId, state }: MachineListing, cluster: Cluster | undefined): boolean =>
  state === 'present' && cluster !== undefined && machineIdsOf(cluster).includes(machineId);

const presentIn = (machines: readonly MachineListing[]): readonly MachineListing[] => machines.filter(({ state }) => state === 'present');
