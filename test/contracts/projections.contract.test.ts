import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clusterStream, nextNodes, operationStream, planDeployCluster, type ClusterEvent, type NewFact, type OperationEvent } from '@holdfast/domain';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { PostgresReadModels, READ_MODEL_NAMES } from '@holdfast/infra/read-models';
import { advance, migrateReadModels, PROJECTIONS, rebuildProjections, runProjector, type Projection } from '@holdfast/projector';
import { startEventStoreServer, type EventStoreServer } from '../support/event-store-server.js';

const toFact = (event: ClusterEvent | OperationEvent, correlationId: string): NewFact => ({
  id: randomUUID(),
  type: event.type,
  schemaVersion: 1,
  data: event.data,
  meta: { actor: 'token:test', reason: 'history', correlationId },
});

const input = (name: string) =>
  ({
    name,
    engine: 'postgresql',
    version: '18',
    mode: 'primary-replica',
    nodes: 3,
    replication: 'async',
    provider: 'local',
    region: 'local',
    plan: 'SMALL-1C-1G',
    supportLevel: 1,
  }) as const;

/** A cluster that is deployed, and deleted again when told so. */
const history = (n: number): { cluster: ClusterEvent[]; journal: OperationEvent[]; clusterId: string; operationId: string } => {
  const clusterId = `cl-${n}`;
  const operationId = `deploy-cluster-${n}`;
  const { nodes: _, ...requested } = input(`history-${n}`);
  const plan = planDeployCluster(clusterId, input(`history-${n}`));
  const nodes = nextNodes({ id: clusterId, engine: 'postgresql', nodesEverReserved: 0, nodes: [] }, 3);
  const cluster: ClusterEvent[] = [
    { type: 'ClusterRequested', data: { ...requested, clusterId, generation: 1 } },
    {
      type: 'OperationAccepted',
      data: { clusterId, operationId, kind: 'deploy-cluster', input: input(`history-${n}`), plan, planHash: 'p', requestHash: 'r' },
    },
    ...nodes.map((node, index): ClusterEvent => ({
      type: 'NodeReserved',
      data: { clusterId, ...node, role: index === 0 ? 'primary' : 'replica', plan: requested.plan },
    })),
    ...nodes.map((node, index): ClusterEvent => ({
      type: 'NodeProvisioned',
      data: { clusterId, nodeId: node.nodeId, address: `127.0.0.${index}`, port: 5432 },
    })),
    { type: 'ClusterDeployed', data: { clusterId } },
    { type: 'OperationSucceeded', data: { clusterId, operationId, kind: 'deploy-cluster', durationMs: 10 } },
  ];
  const journal = plan.steps.flatMap((step): OperationEvent[] => [
    { type: 'StepStarted', data: { operationId, clusterId, step: step.name, attempt: 1 } },
    { type: 'StepCompleted', data: { operationId, clusterId, step: step.name, durationMs: 1 } },
  ]);
  return { cluster, journal, clusterId, operationId };
};

const until = async (holds: () => Promise<boolean>): Promise<boolean> => {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
};

describe('read models', () => {
  let server: EventStoreServer;
  let store: PostgresEventStore;
  let readModels: PostgresReadModels;

  const append = async (count: number, from = 0): Promise<void> => {
    let last = '';
    for (let n = from; n < from + count; n += 1) {
      const { cluster, journal, clusterId, operationId } = history(n);
      await store.append(
        clusterStream(clusterId),
        'no-stream',
        cluster.slice(0, -1).map((event) => toFact(event, operationId)),
      );
      await store.append(
        operationStream(operationId),
        'no-stream',
        journal.map((event) => toFact(event, operationId)),
      );
      const { position } = await store.append(
        clusterStream(clusterId),
        'any',
        cluster.slice(-1).map((event) => toFact(event, operationId)),
      );
      last = position;
    }
    // Whatever is written beside holds readers back for a moment, a hint as well.
    while ((await store.head()) < last) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const catchUp = async (): Promise<void> => {
    for (const projection of PROJECTIONS) while ((await advance(store.pool, store, projection)) === 'advanced');
  };
  const dump = async (): Promise<Record<string, unknown[]>> => {
    const tables: Record<string, unknown[]> = {};
    for (const name of READ_MODEL_NAMES) tables[name] = (await store.pool.query(`select * from read_models.${name} order by 1`)).rows;
    return tables;
  };

  beforeAll(async () => {
    server = await startEventStoreServer();
    store = PostgresEventStore.connect(server.url);
    readModels = new PostgresReadModels(store.pool);
    await store.migrate();
    await Promise.all([migrateReadModels(store.pool), migrateReadModels(store.pool)]);
  }, 120_000);
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  it('are equal after they were all dropped and made anew from a long history', async () => {
    await append(150);
    await catchUp();
    await append(50, 150);
    await catchUp();
    const live = await dump();
    expect(live['clusters']).toHaveLength(200);
    expect(live['audit']?.length).toBeGreaterThan(5_000);
    await rebuildProjections(store.pool, store);
    expect(await dump()).toEqual(live);
  }, 120_000);

  it('go on after a rebuild, with facts that came during it', async () => {
    await Promise.all([rebuildProjections(store.pool, store), append(5, 200)]);
    await catchUp();
    expect((await dump())['clusters']).toHaveLength(205);
    expect(await readModels.position()).toBe(await store.head());
  }, 120_000);

  it('move with their checkpoint or not at all', async () => {
    const before = await readModels.position();
    await append(1, 300);
    const audit = PROJECTIONS.find((projection) => projection.name === 'audit');
    if (audit === undefined) throw new Error('There is no audit projection.');
    const dies: Projection = {
      name: audit.name,
      apply: async (...args) => {
        await audit.apply(...args);
        throw Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
      },
    };
    await expect(advance(store.pool, store, dies)).rejects.toThrow('terminating');
    const { rows } = await store.pool.query<{ found: number }>('select count(*)::int as found from read_models.audit where position > $1', [before]);
    expect(rows[0]?.found).toBe(0);
    expect(await readModels.position()).toBe(before);
    await catchUp();
  });

  it('stand still at a fact that cannot be applied, and say so', async () => {
    const audit = PROJECTIONS.find((projection) => projection.name === 'audit');
    if (audit === undefined) throw new Error('There is no audit projection.');
    const before = await store.head();
    await append(1, 301);
    const ahead = await store.readAll({ after: before, limit: 100 });
    const culprit = ahead.facts[13];
    const poisoned: Projection = {
      name: audit.name,
      apply: async (client, schema, facts) => {
        if (facts.some((found) => found.id === culprit?.id)) throw new Error('no such shape');
        await audit.apply(client, schema, facts);
      },
    };
    while ((await advance(store.pool, store, poisoned)) === 'advanced');
    expect(await advance(store.pool, store, audit)).toBe('poisoned');
    const { rows } = await store.pool.query<{ position: string; problem: string }>(
      `select position, problem from read_models.checkpoints where name = 'audit'`,
    );
    // Everything before the culprit counts, and nothing from it on.
    expect(rows).toEqual([{ position: ahead.facts[12]?.position, problem: `${culprit?.type} at ${culprit?.position} could not be applied: no such shape` }]);
    const kept = await store.pool.query<{ found: number }>('select count(*)::int as found from read_models.audit where position > $1', [before]);
    expect(kept.rows[0]?.found).toBe(13);
    await rebuildProjections(store.pool, store);
    expect(await advance(store.pool, store, audit)).toBe('idle');
  }, 120_000);

  it('are advanced by one process at a time', async () => {
    const lock = await store.pool.connect();
    await lock.query('begin');
    await lock.query(`select 1 from read_models.checkpoints where name = 'clusters' for update`);
    const clusters = PROJECTIONS.find((projection) => projection.name === 'clusters');
    if (clusters === undefined) throw new Error('There is no clusters projection.');
    expect(await advance(store.pool, store, clusters)).toBe('busy');
    await lock.query('rollback');
    lock.release();
  });

  it('are advanced after another process gave them up, without any new fact', async () => {
    const other = await store.pool.connect();
    await append(1, 400);
    await other.query('begin');
    await other.query(`select 1 from read_models.checkpoints for update`);
    const stop = new AbortController();
    const running = runProjector(store.pool, store, pino({ level: 'silent' }), stop.signal);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await readModels.operations({ limit: 1, cluster: 'history-400' })).items).toEqual([]);
    await other.query('rollback');
    other.release();
    await expect(until(async () => (await readModels.operations({ limit: 1, cluster: 'history-400' })).items.length === 1)).resolves.toBe(true);
    stop.abort();
    await running;
  }, 120_000);

  it('are made anew by a program of another version', async () => {
    await catchUp();
    const live = await dump();
    await store.pool.query(`update read_models.generation set version = 1; alter table read_models.operations drop column step; delete from read_models.nodes`);
    const stop = new AbortController();
    const running = runProjector(store.pool, store, pino({ level: 'silent' }), stop.signal);
    await expect(until(async () => (await store.pool.query('select 1 from read_models.generation where version = 2')).rowCount === 1)).resolves.toBe(true);
    stop.abort();
    await running;
    expect(await dump()).toEqual(live);
  }, 120_000);

  it('answer lists page by page, and find clusters by node and operation', async () => {
    await catchUp();
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await readModels.clusters({ limit: 60, deleted: false, ...(cursor === undefined ? {} : { cursor }) });
      names.push(...page.items.map((row) => row.name));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(names).toHaveLength(208);
    expect(new Set(names).size).toBe(208);
    const { items } = await readModels.operations({ limit: 2, cluster: 'history-7' });
    expect(items).toMatchObject([
      { id: 'deploy-cluster-7', state: 'succeeded', cluster: { id: 'cl-7', name: 'history-7' }, actor: 'token:test', reason: 'history' },
    ]);
    expect(await readModels.clusterOfOperation('deploy-cluster-7')).toBe('cl-7');
    const node = nextNodes({ id: 'cl-7', engine: 'postgresql', nodesEverReserved: 0, nodes: [] }, 1)[0];
    expect(await readModels.clusterOfNode(node?.name ?? '')).toBe('cl-7');
    const audit = await readModels.audit({ limit: 100, cluster: 'history-7', types: ['ClusterDeployed'] });
    expect(audit.items.map((row) => row.type)).toEqual(['ClusterDeployed']);
  });
});
