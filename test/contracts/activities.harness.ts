import { randomUUID } from 'node:crypto';
import { activityInterceptors, createActivities, type AllActivities } from '@holdfast/activities';
import { clusterStream, operationStream, type ClusterEvent, type EventStore, type RecordedFact } from '@holdfast/domain';
import type { AnswerSigner } from '@holdfast/infra/temporal';
import { verifySignedAnswer } from '@holdfast/infra/temporal';
import type { StepContext } from '@holdfast/workflows/contracts';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { KeyObject } from 'node:crypto';
import { acceptedOperation, CLUSTER_ID, node, requestedCluster, reservedIn, servingCluster } from '../../domain/src/cluster/cluster.test-support.js';
import { fakeEndpoint, fakeEngine, fakeProvider, fakeSecrets, FakeWorld, FlakyStore } from './activities.fakes.js';
import { fakeGroup, fakeShards } from './activities.mode-fakes.js';

export const [FIRST, SECOND, THIRD] = [node(1), node(2), node(3)];

type Call<R> = (activities: AllActivities, context: StepContext, ids: (ordinal: number) => string) => Promise<R>;

/** One cluster of its own in the shared store, with its fake world, and activities that act in the name of one operation. */
export class Scene {
  readonly clusterId = `c-${randomUUID().slice(0, 8)}`;
  readonly operationId = `op-${randomUUID()}`;
  readonly world = new FakeWorld();
  private readonly flaky: FlakyStore;
  private readonly activities: AllActivities;

  constructor(
    private readonly real: EventStore,
    readonly keys: { signer: AnswerSigner; publicKey: KeyObject },
    { withModes = true }: { readonly withModes?: boolean } = {},
  ) {
    this.flaky = new FlakyStore(real);
    this.activities = createActivities({
      store: this.flaky.store,
      secrets: fakeSecrets(this.world),
      clock: { now: () => new Date() },
      signatures: { isSigned: (signed) => verifySignedAnswer(signed, keys.publicKey) },
      drivers: {
        engines: { postgresql: { replicated: fakeEngine(this.world), ...(withModes ? { multiPrimary: fakeGroup(this.world), sharded: fakeShards(this.world) } : {}) } },
        providers: { local: fakeProvider(this.world) }, endpoint: fakeEndpoint(this.world) },
    });
  }

  id = (ordinal: number): string => node(ordinal).nodeId.replace(CLUSTER_ID, this.clusterId);

  context = (step = 'a-step'): StepContext => ({ operationId: this.operationId, clusterId: this.clusterId, step, actor: 'token:admin', reason: 'A test.' });

  /** A cluster of three whose deployment is this operation, with nothing but the request. */
  async requested(): Promise<void> {
    await this.write([...requestedCluster().slice(0, 1), acceptedOperation(this.operationId, 'deploy-cluster')]);
  }

  /** A cluster of three that serves, in facts and in the world; this operation holds its lock. */
  async serving(replication: 'async' | 'sync' = 'async'): Promise<void> {
    await this.write([...servingCluster({ replication }).flatMap((event) => (event.type === 'NodeReserved' ? [event, ...withMachine(event.data)] : [event])), acceptedOperation(this.operationId, 'promote-node')]);
    for (const machineId of [this.id(1), this.id(2), this.id(3), `${this.clusterId}-endpoint`]) {
      this.world.machines.set(machineId, { address: `127.1.0.${this.world.machines.size + 1}`, state: 'present' });
    }
    this.world.runs(FIRST.name, 'primary');
    for (const { name } of [SECOND, THIRD]) this.world.runs(name, 'replica', FIRST.name);
    this.world.server(FIRST.name).reservations = new Set([SECOND.name, THIRD.name]);
  }

  /** A cluster of another mode that serves, in facts and in the world: three members, or three shards with a replica each. */
  async servingAs(mode: 'multi-primary' | 'sharded'): Promise<void> {
    const shape = mode === 'sharded' ? ({ mode, shards: 3, replicasPerShard: 1, nodes: 6 } as const) : ({ mode, nodes: 3 } as const);
    await this.placed(shape, servingCluster(shape));
    if (mode === 'multi-primary') this.world.machines.set(`${this.clusterId}-endpoint`, { address: '127.1.0.9', state: 'present' });
    for (let ordinal = 1; ordinal <= shape.nodes; ordinal += 1) {
      const { name } = node(ordinal);
      if (mode === 'multi-primary') this.world.joins(name);
      else this.world.takesShard(name, ordinal % 2 === 0 ? node(ordinal - 1).name : undefined);
    }
  }

  /** The same with machines and programs only, and passwords nowhere. */
  async installedAs(mode: 'multi-primary' | 'sharded', replication: 'async' | 'sync' = 'async'): Promise<void> {
    const shape = { ...(mode === 'sharded' ? ({ mode, shards: 3, replicasPerShard: 1, nodes: 6 } as const) : ({ mode, nodes: 3 } as const)), replication };
    const reservations = Array.from({ length: shape.nodes }, (_, index) => reservedIn(shape, index + 1));
    await this.placed(shape, [...requestedCluster(shape).slice(0, 1), ...reservations]);
    for (let ordinal = 1; ordinal <= shape.nodes; ordinal += 1) this.world.installs(node(ordinal).name);
  }

  private async placed({ nodes }: { readonly nodes: number }, history: readonly ClusterEvent[]): Promise<void> {
    await this.write([...history.flatMap((event) => (event.type === 'NodeReserved' ? [event, machineOf(event.data)] : [event])), acceptedOperation(this.operationId, 'add-node')]);
    const machines = Array.from({ length: nodes }, (_, index) => this.id(index + 1));
    for (const machineId of machines) this.world.machines.set(machineId, { address: `127.1.0.${this.world.machines.size + 1}`, state: 'present' });
  }

  async write(events: readonly ClusterEvent[]): Promise<void> {
    const own = JSON.parse(JSON.stringify(events).replaceAll(CLUSTER_ID, this.clusterId)) as ClusterEvent[];
    const facts = own.map((event) => ({ id: randomUUID(), type: event.type, schemaVersion: 1, data: event.data, meta: { actor: 'test', correlationId: 'test' } }));
    await this.real.append(clusterStream(this.clusterId), 'any', facts);
  }

  /** Runs one activity as the worker does: with Temporal's context, heartbeat and error bridge. */
  run<R>(call: Call<R>, step?: string): Promise<R> {
    const environment = new MockActivityEnvironment({}, { interceptors: [activityInterceptors] });
    return environment.run(() => call(this.activities, this.context(step), this.id));
  }

  /** The failure that the activity ends with. */
  async failureOf(call: Call<unknown>, step?: string): Promise<ApplicationFailure> {
    try {
      await this.run(call, step);
    } catch (error) {
      if (error instanceof ApplicationFailure) return error;
      throw error;
    }
    throw new Error('It did not fail.');
  }

  /** The store fails once, at the next write. */
  breakNextWrite(moment: 'before' | 'after'): void {
    this.flaky.failNext = moment;
  }

  /** Somebody else writes between the activity's reading and its write. */
  beforeNextWrite(act: () => Promise<void>): void {
    this.flaky.beforeNext = act;
  }

  facts = (): Promise<RecordedFact[]> => this.real.readStream(clusterStream(this.clusterId));
  journal = (): Promise<RecordedFact[]> => this.real.readStream(operationStream(this.operationId));

  /** Types of what this operation recorded. */
  async recorded(): Promise<string[]> {
    return (await this.facts()).filter((fact) => fact.meta.correlationId === this.operationId).map((fact) => fact.type);
  }
}

const machineOf = ({ clusterId, nodeId, ordinal }: { clusterId: string; nodeId: string; ordinal: number }): ClusterEvent => ({
  type: 'NodeProvisioned',
  data: { clusterId, nodeId, address: `127.1.0.${ordinal}`, port: 5432 },
});

/** The first node's reservation is a good place for the endpoint too. */
const withMachine = ({ clusterId, nodeId, ordinal }: { clusterId: string; nodeId: string; ordinal: number }): ClusterEvent[] => [
  machineOf({ clusterId, nodeId, ordinal }),
  ...(ordinal > 1
    ? []
    : [{ type: 'EndpointProvisioned' as const, data: { clusterId, machineId: `${clusterId}-endpoint`, address: '127.1.0.9', readWritePort: 5432, readOnlyPort: 5433 } }]),
];
