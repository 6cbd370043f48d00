import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActivities } from '@holdfast/activities';
import {
  clusterStream,
  decideOperation,
  foldCluster,
  operationStream,
  planOperation,
  type ClusterEvent,
  type OperationRequest,
  type RecordedFact,
} from '@holdfast/domain';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { connectTemporal, createDataConverter, verifySignedAnswer } from '@holdfast/infra/temporal';
import { Dispatching, runTemporalWorker } from '@holdfast/worker';
import type { Client } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { pino, type Logger } from 'pino';
import { deployInput } from '../../domain/src/cluster/cluster.test-support.js';
import { eventually } from '../support/api-client.js';
import { startEventStoreServer, type EventStoreServer } from '../support/event-store-server.js';
import { TemporalProcess } from '../support/temporal-process.js';
import { workflowBundle } from '../support/workflow-bundle.js';
import { fakeEndpoint, fakeEngine, fakeProvider, fakeSecrets, FakeWorld } from './activities.fakes.js';

const WAIT_MS = 60_000;
const END_TYPES = ['OperationSucceeded', 'OperationFailed', 'OperationCancelled', 'OperationUndone'];
const CONTEXT = { generation: 1, offer: { engineVersions: ['18'] } };

/** An accepted operation. */
export interface Accepted {
  readonly operationId: string;
  readonly clusterId: string;
}

/** One part of the worker that runs until it is stopped. */
export interface Running {
  readonly log: string[];
  stop(): Promise<void>;
}

/** The real event store, the real Temporal, the real workflows, worker and dispatcher; only machines and servers are in memory. */
export class DispatcherScene {
  readonly world = new FakeWorld();
  readonly client: Client;
  private readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-dispatcher-'));
  private readonly running = new Set<Running>();

  private constructor(
    readonly temporal: TemporalProcess,
    private readonly server: EventStoreServer,
    readonly store: PostgresEventStore,
  ) {
    if (Runtime._instance === undefined) {
      // Activities of runs that these tests destroy end with warnings of the SDK's native part.
      Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'OFF' } } });
    }
    this.client = connectTemporal({ address: temporal.address, namespace: 'default', dataConverter: this.dataConverter() });
  }

  static async make(): Promise<DispatcherScene> {
    const [temporal, server] = await Promise.all([TemporalProcess.make(), startEventStoreServer()]);
    const store = PostgresEventStore.connect(server.url);
    await store.migrate();
    return new DispatcherScene(temporal, server, store);
  }

  dataConverter = () => createDataConverter(join(this.folder, 'codec.key'));

  startWorker(): Running {
    const { publicKey } = generateKeyPairSync('ed25519');
    const { world, store, client } = this;
    const activities = createActivities({
      store,
      secrets: fakeSecrets(world),
      clock: { now: () => new Date() },
      signatures: { isSigned: (signed) => verifySignedAnswer(signed, publicKey) },
      drivers: { engines: { postgresql: { replicated: fakeEngine(world) } }, providers: { local: fakeProvider(world) }, endpoint: fakeEndpoint(world) },
    });
    const bundle = { code: readFileSync(workflowBundle(), 'utf8') };
    return this.run((signal, logger) => runTemporalWorker({ address: this.temporal.address, client, activities, bundle, dataConverter: this.dataConverter(), logger }, signal));
  }

  /** A dispatcher of a process of its own: with its own connections. */
  async startDispatcher(): Promise<Running> {
    const store = PostgresEventStore.connect(this.server.url, { maxConnections: 6 });
    const started = await eventually('tables', WAIT_MS, async () => {
      const trial = new Dispatching({ store, client: this.client, providers: [], logger: pino({ level: 'silent' }) });
      await trial.migrate();
      return true as const;
    });
    if (!started) throw new Error('The tables were not made.');
    const run = this.run((signal, logger) => new Dispatching({ store, client: this.client, providers: [], logger }).run(signal));
    return {
      log: run.log,
      stop: async () => {
        await run.stop();
        if (!store.pool.ended) await store.close();
      },
    };
  }

  /** Accepts as the API does, and starts nothing. */
  async accept(request: OperationRequest, clusterId = `c-${randomUUID().slice(0, 8)}`): Promise<Accepted> {
    const stream = clusterStream(clusterId);
    const facts = await this.store.readStream(stream);
    const cluster = foldCluster(facts.map(({ type, data }) => ({ type, data }) as ClusterEvent));
    const context = { clusterId, ...CONTEXT };
    const planned = planOperation(cluster, request, context);
    if (!planned.planned) throw new Error(planned.refusal.detail);
    const operationId = `${request.kind}-${randomUUID()}`;
    const decision = decideOperation(cluster, request, context, planned.plan, { operationId, requestHash: 'r', planHash: 'p' });
    if (!decision.accepted) throw new Error(decision.refusal.detail);
    const fresh = decision.events.map(({ type, data }) => ({ id: randomUUID(), type, schemaVersion: 1, data, meta: { actor: 'token:admin', reason: 'A test.', correlationId: operationId } }));
    await this.store.append(stream, facts.at(-1)?.version ?? 'no-stream', fresh);
    return { operationId, clusterId };
  }

  acceptDeployment = (clusterId?: string): Promise<Accepted> => this.accept({ kind: 'deploy-cluster', input: deployInput({ nodes: 2 }) }, clusterId);

  /** Deploys and waits; answers the cluster with the name of its replica. */
  async deployed(): Promise<Accepted & { replica: { nodeId: string; confirm: string } }> {
    const accepted = await this.acceptDeployment();
    await this.ended(accepted, 'OperationSucceeded');
    const replica = (await this.clusterFacts(accepted)).find((fact) => fact.type === 'NodeReserved' && (fact.data as { role: string }).role === 'replica');
    const { nodeId, name } = replica?.data as { nodeId: string; name: string };
    return { ...accepted, replica: { nodeId, confirm: name } };
  }

  /** Waits for the operation's end, which must be this. */
  async ended({ operationId, clusterId }: Accepted, type: string): Promise<void> {
    const find = async (): Promise<RecordedFact | undefined> =>
      (await this.store.readStream(clusterStream(clusterId))).find((fact) => END_TYPES.includes(fact.type) && fact.meta.correlationId === operationId);
    const end = await eventually(`${operationId} ends`, WAIT_MS, find).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${[...this.running].flatMap((part) => part.log.slice(-15)).join('')}`);
    });
    if (end.type !== type) throw new Error(`${operationId} ended with ${end.type}: ${JSON.stringify(end.data)}`);
  }

  clusterFacts = ({ clusterId }: Accepted): Promise<RecordedFact[]> => this.store.readStream(clusterStream(clusterId));
  journal = ({ operationId }: Accepted): Promise<RecordedFact[]> => this.store.readStream(operationStream(operationId));
  interruptions = async (accepted: Accepted): Promise<RecordedFact[]> => (await this.journal(accepted)).filter((fact) => fact.type === 'OperationInterrupted');

  /** Holds the first call that begins so; answers once it is reached. `release` lets it and all later ones go on. */
  hold(begin: string): { reached: Promise<void>; release(): void } {
    let open = (): void => undefined;
    let arrive = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const reached = new Promise<void>((resolve) => (arrive = resolve));
    this.world.gate = async (call) => {
      if (!call.startsWith(begin)) return;
      arrive();
      await opened;
    };
    return { reached, release: () => (open(), (this.world.gate = undefined)) };
  }

  async remove(): Promise<void> {
    this.world.gate = undefined;
    await Promise.all([...this.running].map((part) => part.stop()));
    await this.client.connection.close();
    await this.temporal.remove();
    await this.store.close();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(work: (signal: AbortSignal, logger: Logger) => Promise<void>): Running {
    const log: string[] = [];
    const logger: Logger = pino({ level: 'info' }, { write: (line: string) => void log.push(line) });
    const stop = new AbortController();
    const done = work(stop.signal, logger);
    const running: Running = {
      log,
      stop: async () => {
        this.running.delete(running);
        stop.abort();
        await done;
      },
    };
    this.running.add(running);
    return running;
  }
}
