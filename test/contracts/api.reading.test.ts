import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiHarness, AVAILABLE_VERSIONS, expectProblem, PASSWORD, type Reply } from './api.harness.js';

let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.open();
  api.project();
}, 60_000);
afterAll(() => api.close());

const deploy = async (name: string, body: object = {}): Promise<Reply['body']> => (await api.post('/clusters', { name, engine: 'postgresql', version: '18', nodes: 3, ...body })).body;
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('the catalogue', () => {
  it('says which engines can be deployed, why others cannot, and which versions can be had here', async () => {
    const { items } = (await api.get('/catalogue/engines')).body;
    const engine = (id: string) => items.find((item: { id: string }) => item.id === id);
    expect(engine('postgresql')).toMatchObject({ deployable: true, versions: expect.arrayContaining(['18', '17']), available: { local: AVAILABLE_VERSIONS } });
    expect(engine('postgresql')).toMatchObject({ modes: ['single', 'primary-replica'], replication: ['async', 'sync'], capabilities: { '14': { modes: { sharded: 'not-in-engine' }, pointInTimeRecovery: 'not-built' } } });
    expect(engine('hydra')).toMatchObject({ deployable: false, modes: [], notDeployable: expect.stringContaining('container image') });
    expect(engine('hydra')).toMatchObject({ available: {} });
    expect((await api.get('/catalogue/engines?search=CLICK')).body.items.map((item: { id: string }) => item.id)).toEqual(['clickhouse']);
  });

  it('lists sizes and providers', async () => {
    expect((await api.get('/catalogue/plans')).body.items[0]).toEqual({ id: 'SMALL-1C-1G', cpuCount: 1, memoryBytes: 2 ** 30, diskBytes: 10 * 2 ** 30, default: true });
    expect((await api.get('/catalogue/providers')).body.items[0]).toMatchObject({ id: 'local', deployable: true, prices: { 'SMALL-1C-1G': { perHourMicroUsd: 0 } } });
  });
});

describe('a cluster', () => {
  it('is shown as its facts say, by id and by name', async () => {
    const { operation } = await deploy('shown');
    const id = operation.cluster.id;
    expect((await api.get('/clusters/shown')).body).toMatchObject({ id, status: 'deploying', nodes: [], operation: { id: operation.id, kind: 'deploy-cluster' } });
    const { nodes } = await api.facts.deployed(id);
    const shown = (await api.get(`/clusters/${id}`)).body;
    expect(shown).toMatchObject({
      name: 'shown',
      generation: 1,
      status: 'running',
      endpoint: { address: '127.77.0.100', readWritePort: 5000, readOnlyPort: 5001, readWriteNode: nodes[0]?.name, readOnlyNodes: [nodes[1]?.name, nodes[2]?.name] },
      nodes: [{ role: 'primary', status: 'active', address: '127.77.0.1', port: 5432 }, { role: 'replica' }, { role: 'replica' }],
    });
    expect(shown.operation).toBeUndefined();
    expect((await api.get('/clusters/shown/nodes')).body.items).toEqual(shown.nodes);
  });

  it('is shown as the store says, also after the store was restored to an older state', async () => {
    const { operation } = await deploy('restored');
    const id = operation.cluster.id;
    const { nodes } = await api.facts.deployed(id);
    await api.post('/clusters/restored/nodes', {});
    expect((await api.get('/clusters/restored')).body).toMatchObject({ status: 'changing' });
    // What a backup from before does: the newest fact is gone, and other facts come after it.
    await api.store.pool.query(`set session_replication_role = replica; delete from event_store.events where stream = 'cluster-${id}' and type = 'OperationAccepted' and version > 1; set session_replication_role = origin`);
    expect((await api.get('/clusters/restored')).body).toMatchObject({ status: 'running' });
    await api.request('DELETE', `/clusters/restored/nodes/${nodes[2]?.name}`, { confirm: nodes[2]?.name });
    expect((await api.get('/clusters/restored')).body).toMatchObject({ status: 'changing', operation: { kind: 'remove-node' } });
  });

  it('can be asked for as it was at an instant', async () => {
    const { operation } = await deploy('at-times');
    const requested = new Date().toISOString();
    await pause(20);
    await api.facts.deployed(operation.cluster.id);
    const running = new Date().toISOString();
    await pause(20);
    await api.request('DELETE', '/clusters/at-times', { confirm: 'at-times' });
    await api.facts.deleted(operation.cluster.id);
    const deleted = new Date().toISOString();
    await pause(20);
    const again = await deploy('at-times');
    const statusAt = async (at: string) => (await api.get(`/clusters/at-times?at=${encodeURIComponent(at)}`)).body;
    expect(await statusAt(requested)).toMatchObject({ status: 'deploying', nodes: [] });
    expect(await statusAt(running)).toMatchObject({ status: 'running', nodes: [{}, {}, {}] });
    // The name meant the former cluster then.
    expect(await statusAt(deleted)).toMatchObject({ status: 'deleted', id: operation.cluster.id, generation: 1 });
    expect((await api.get('/clusters/at-times')).body).toMatchObject({ status: 'deploying', id: again.operation.cluster.id, generation: 2 });
  });

  it('stands in the list once the list has seen it', async () => {
    const { operation, position } = await deploy('listed');
    const { items } = (await api.getSeen(`/clusters?minPosition=${position}&limit=500`)).body;
    expect(items.find((row: { id: string }) => row.id === operation.cluster.id)).toMatchObject({ name: 'listed', status: 'deploying', nodeCount: 0, operationId: operation.id });
    expectProblem(await api.get('/clusters?minPosition=zzzz'), 503, 'read-model-behind');
  });

  it('is listed in pages that together hold each once, in the order of names', async () => {
    const { position } = await deploy('paged');
    const names: string[] = [];
    let cursor = '';
    do {
      const { items, nextCursor } = (await api.getSeen(`/clusters?limit=2&minPosition=${position}${cursor}`)).body;
      names.push(...items.map((row: { name: string }) => row.name));
      cursor = nextCursor === undefined ? '' : `&cursor=${nextCursor}`;
    } while (cursor !== '');
    expect(names).toEqual([...new Set(names)].sort());
    expect(names).toContain('paged');
  });

  it('shows how clients connect, and that somebody saw it is a fact', async () => {
    const { operation } = await deploy('connected');
    expectProblem(await api.get('/clusters/connected/credentials'), 409, 'cluster-not-running');
    await api.facts.deployed(operation.cluster.id);
    const { body } = await api.get('/clusters/connected/credentials');
    expect(body).toMatchObject({ password: PASSWORD, readWrite: { host: '127.77.0.100', port: 5000 }, readOnly: { port: 5001 } });
    const url = new URL(body.readWrite.url);
    expect([url.protocol, url.username, decodeURIComponent(url.password), url.host, url.pathname]).toEqual(['postgresql:', body.user, PASSWORD, '127.77.0.100:5000', `/${body.database}`]);
    const { items } = (await api.get(`/facts/cluster-${operation.cluster.id}?limit=500`)).body;
    expect(items.at(-1)).toMatchObject({ type: 'CredentialsRevealed', meta: { actor: 'token:admin' } });
    expect(JSON.stringify(items)).not.toContain(PASSWORD);
  });
});

describe('a node', () => {
  it('is found by its name or id, also before the read models have seen it', async () => {
    const { operation } = await deploy('found');
    const { nodes } = await api.facts.deployed(operation.cluster.id);
    for (const text of [nodes[1]?.name, nodes[1]?.id]) {
      expect((await api.get(`/nodes/${text}`)).body).toMatchObject({ name: nodes[1]?.name, role: 'replica', cluster: { id: operation.cluster.id, name: 'found' } });
    }
  });
});

describe('an operation', () => {
  it('is there as soon as it was answered, with its plan and no step begun', async () => {
    const { operation } = await deploy('followed', { reason: 'try' });
    const shown = (await api.get(`/operations/${operation.id}`)).body;
    expect(shown).toMatchObject({ id: operation.id, state: 'accepted', actor: 'token:admin', reason: 'try', cluster: operation.cluster, allowedAnswers: ['cancel'], planHash: operation.planHash, answers: [] });
    expect(shown.steps.map((step: { name: string }) => step.name)).toEqual(shown.plan.steps.map((step: { name: string }) => step.name));
    expect(new Set(shown.steps.map((step: { status: string }) => step.status))).toEqual(new Set(['pending']));
  });

  it('that is stuck tells its problem and what may be answered, and is found among the stuck', async () => {
    const { operation } = await deploy('stuck');
    const about = { operationId: operation.id, clusterId: operation.cluster.id };
    const problem = { code: 'deadline-exceeded', message: 'It took too long.', node: 'pg-1' };
    await api.facts.journal(
      operation.id,
      { type: 'StepStarted', data: { ...about, step: 'reserve-nodes', attempt: 1 } },
      { type: 'StepCompleted', data: { ...about, step: 'reserve-nodes', durationMs: 3 } },
      { type: 'StepStarted', data: { ...about, step: 'provision-machines', attempt: 2 } },
      { type: 'StepFailed', data: { ...about, step: 'provision-machines', attempt: 2, problem } },
      { type: 'OperationStuck', data: { ...about, step: 'provision-machines', undoing: false, problem, answers: ['retry', 'abort'] } },
    );
    const shown = (await api.get(`/operations/${operation.id}`)).body;
    expect(shown).toMatchObject({ state: 'stuck', allowedAnswers: ['retry', 'abort'], stuck: { step: 'provision-machines', undoing: false, problem } });
    expect(shown.steps.slice(0, 2)).toMatchObject([
      { name: 'reserve-nodes', status: 'completed', attempt: 1, durationMs: expect.any(Number) },
      { name: 'provision-machines', status: 'failed', attempt: 2, problem },
    ]);
    const { items } = (await api.getSeen(`/operations?stuck=true&minPosition=${shown.position}`)).body;
    expect(items).toMatchObject([{ id: operation.id, state: 'stuck', step: 'provision-machines' }]);
  });

  it('that failed tells why and what was undone', async () => {
    const { operation } = await deploy('failed');
    const clusterId = operation.cluster.id;
    const problem = { code: 'port-taken', message: 'Port 5432 is taken.' };
    await api.facts.append(
      clusterId,
      { type: 'ClusterDiscarded', data: { clusterId } },
      { type: 'OperationFailed', data: { clusterId, operationId: operation.id, kind: 'deploy-cluster', durationMs: 7, step: 'start-primary', problem, undone: ['provision-machines'] } },
    );
    const shown = (await api.get(`/operations/${operation.id}`)).body;
    expect(shown).toMatchObject({ state: 'failed', failedStep: 'start-primary', problem, undone: ['provision-machines'], durationMs: 7, allowedAnswers: [], endedAt: expect.any(String) });
    expectProblem(await api.post(`/operations/${operation.id}/cancel`, {}), 409, 'operation-ended');
  });

  it('cannot be answered while Temporal is away, and that is said', async () => {
    const { operation } = await deploy('unanswered');
    const reply = await api.post(`/operations/${operation.id}/cancel`, { reason: 'no longer wanted' });
    expectProblem(reply, 503, 'temporal-unavailable');
    expect(reply.headers['retry-after']).toBe('2');
  });

  it('is listed by cluster and state, newest first', async () => {
    const { operation } = await deploy('history');
    await api.facts.deployed(operation.cluster.id);
    const added = (await api.post('/clusters/history/nodes', {})).body;
    const list = (await api.getSeen(`/operations?cluster=history&minPosition=${added.position}`)).body.items;
    expect(list.map((row: { id: string }) => row.id)).toEqual([added.operation.id, operation.id]);
    expect((await api.get('/operations?cluster=history&state=succeeded')).body.items).toHaveLength(1);
  });
});

describe('facts', () => {
  it('of a stream are listed in pages, oldest first', async () => {
    const { operation } = await deploy('told');
    await api.facts.deployed(operation.cluster.id);
    const stream = `cluster-${operation.cluster.id}`;
    const first = (await api.get(`/facts/${stream}?limit=3`)).body;
    const second = (await api.get(`/facts/${stream}?limit=500&cursor=${first.nextCursor}`)).body;
    const versions = [...first.items, ...second.items].map((fact: { version: number }) => fact.version);
    expect(versions).toEqual(versions.map((_, index) => index));
    expect(second.nextCursor).toBeUndefined();
  });

  it('are audited by cluster, actor, time and type', async () => {
    const since = new Date().toISOString();
    await pause(5);
    const { operation, position } = await deploy('audited', { reason: 'because' });
    const audit = async (query: string) => (await api.getSeen(`/audit?minPosition=${position}&${query}`)).body.items;
    expect((await audit('cluster=audited')).map((fact: { type: string }) => fact.type)).toEqual(['OperationAccepted', 'ClusterRequested']);
    expect((await audit(`cluster=${operation.cluster.id}&type=ClusterRequested`))[0]).toMatchObject({ type: 'ClusterRequested', meta: { actor: 'token:admin', reason: 'because' } });
    expect(await audit(`since=${since}&actor=token:admin`)).toHaveLength(2);
    expect(await audit(`since=${since}&actor=token:nobody`)).toEqual([]);
  });
});
