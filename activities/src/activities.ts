import type { Clock, EventStore, Secrets } from '@holdfast/domain';
import type { ClusterActivities, EndpointActivities, EngineActivities, GroupActivities, JournalActivities, MachineActivities, ShardActivities } from '@holdfast/workflows/contracts';
import { ClusterActivitiesOnLedger } from './cluster.activities.js';
import { EndpointActivitiesOnDriver } from './endpoint.activities.js';
import { GroupActivitiesOnDriver } from './group.activities.js';
import { JournalActivitiesOnStore, type SignatureCheck } from './journal.activities.js';
import { ClusterLedger } from './lib/cluster-ledger.js';
import type { Drivers } from './lib/registries.js';
import { Workbench } from './lib/workbench.js';
import { MachineActivitiesOnProviders } from './machine.activities.js';
import { NodeActivities } from './node.activities.js';
import { ReplicationActivities } from './replication.activities.js';
import { ShardActivitiesOnDriver } from './shard.activities.js';
import { SwitchoverActivities } from './switchover.activities.js';

/** Every activity that workflows may call. */
export type AllActivities = JournalActivities & ClusterActivities & MachineActivities & EngineActivities & GroupActivities & ShardActivities & EndpointActivities;

export interface ActivityPorts {
  readonly store: EventStore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly signatures: SignatureCheck;
  readonly drivers: Drivers;
}

/** The activities as the worker registers them: plain functions by name. */
export const createActivities = ({ store, secrets, clock, signatures, drivers }: ActivityPorts): AllActivities => {
  const ledger = new ClusterLedger(store);
  const bench = new Workbench(ledger, drivers, secrets);
  return {
    ...methodsOf<JournalActivities>(new JournalActivitiesOnStore(store, signatures, clock)),
    ...methodsOf<ClusterActivities>(new ClusterActivitiesOnLedger(ledger, secrets)),
    ...methodsOf<MachineActivities>(new MachineActivitiesOnProviders(bench)),
    ...methodsOf<GroupActivities>(new GroupActivitiesOnDriver(bench)),
    ...methodsOf<ShardActivities>(new ShardActivitiesOnDriver(bench)),
    ...methodsOf<EndpointActivities>(new EndpointActivitiesOnDriver(bench)),
    ...methodsOf<Pick<EngineActivities, keyof NodeActivities>>(new NodeActivities(bench)),
    ...methodsOf<Pick<EngineActivities, keyof ReplicationActivities>>(new ReplicationActivities(bench)),
    ...methodsOf<Pick<EngineActivities, keyof SwitchoverActivities>>(new SwitchoverActivities(bench)),
  };
};

/** A class's methods, bound: Temporal registers what is enumerable, which methods are not. All of them become activities, so these classes have no private ones. */
const methodsOf = <A extends object>(instance: A): A => {
  const prototype = Object.getPrototypeOf(instance) as Record<string, unknown>;
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  return Object.fromEntries(
    names.map((name) => [name, (...args: unknown[]) => (prototype[name] as (...args: unknown[]) => unknown).apply(instance, args)]),
  ) as A;
};
