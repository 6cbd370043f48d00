import { clusterStream, type ClusterEvent, type RecordedFact } from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/api-client.js';
import { ApiHarness, expectProblem } from './api.harness.js';

let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.open();
}, 60_000);
afterAll(() => api.close());

const DEPLOYMENT = { engine: 'postgresql', version: '18', nodes: 3 };
const deploy = async (name: string, body: object = {}): Promise<string> => {
  const reply = await api.post('/clusters', { name, ...DEPLOYMENT, ...body });
  expect(reply.status).toBe(202);
  return String(reply.body.operation.cluster.id);
};
const factsOf = async (clusterId: string): Promise<RecordedFact<ClusterEvent>[]> => (await api.store.readStream(clusterStream(clusterId))) as RecordedFact<ClusterEvent>[];

describe('a deployment', () => {
  it('is answered with the operation and where to follow it, and stands in the facts with actor and reason', async () => {
    const reply = await api.post('/clusters', { name: 'orders', ...DEPLOYMENT, reason: 'shop opens' });
    expect(reply.status).toBe(202);
    const { operation, position } = reply.body;
    expect(operation).toEqual({
      id: expect.stringMatching(/^deploy-cluster-[0-9a-f-]{36}$/),
      kind: 'deploy-cluster',
      state: 'accepted',
      cluster: { id: expect.stringMatching(/^cl-[0-9a-f]{16}$/), name: 'orders' },
      planHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(reply.headers['location']).toBe(`/v1/operations/${operation.id}`);
    const facts = await factsOf(operation.cluster.id);
    expect(facts.map((fact) => fact.type)).toEqual(['ClusterRequested', 'OperationAccepted']);
    expect(facts[1]?.position).toBe(position);
    expect(facts.map((fact) => fact.meta)).toEqual(Array(2).fill({ actor: 'token:admin', reason: 'shop opens', correlationId: operation.id }));
    expect(facts[1]?.data).toMatchObject({ operationId: operation.id, planHash: operation.planHash, input: { name: 'orders', mode: 'primary-replica', replication: 'async' } });
  });

  it('is handed to Temporal after its answer, with the plan that was accepted', async () => {
    const { operation } = (await api.post('/clusters', { name: 'handed', ...DEPLOYMENT })).body;
    const handed = await eventually('it is handed over', 30_000, async () => api.started.find((input) => input.operationId === operation.id));
    expect(handed).toMatchObject({
      clusterId: operation.cluster.id,
      clusterName: 'handed',
      kind: 'deploy-cluster',
      actor: 'token:admin',
      plan: { kind: 'deploy-cluster', subjects: [{ ordinal: 1, role: 'primary' }, { ordinal: 2 }, { ordinal: 3 }] },
    });
  });

  it('of a name in use is refused, with the operation that runs', async () => {
    const first = await api.post('/clusters', { name: 'in-use', ...DEPLOYMENT });
    const problem = expectProblem(await api.post('/clusters', { name: 'in-use', ...DEPLOYMENT }), 409, 'name-in-use');
    expect(problem.operationId).toBe(first.body.operation.id);
  });

  it('of one name by twenty at once is accepted once', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => api.post('/clusters', { name: 'raced', ...DEPLOYMENT })));
    expect(replies.map((reply) => reply.status).sort()).toEqual([202, ...Array(19).fill(409)]);
  });

  it('takes a name again once its cluster is deleted, as a cluster of its own', async () => {
    const ids: string[] = [];
    for (let generation = 1; generation <= 6; generation += 1) {
      const id = await deploy('again');
      ids.push(id);
      await api.facts.deployed(id);
      expect((await api.request('DELETE', '/clusters/again', { confirm: 'again' })).body.operation.cluster.id).toBe(id);
      await api.facts.deleted(id);
      expect((await api.get('/clusters/again')).body).toMatchObject({ id, generation, status: 'deleted' });
    }
    expect(new Set(ids).size).toBe(6);
  });
});

describe('a repeated request', () => {
  const key = { 'idempotency-key': 'k-1' };

  it('with the same key and body is answered the same, also long after its end', async () => {
    const body = { name: 'repeated', ...DEPLOYMENT };
    const first = await api.post('/clusters', body, key);
    const before = await api.factCount();
    expect(await api.post('/clusters', { ...DEPLOYMENT, name: 'repeated' }, key)).toMatchObject({ status: 202, body: first.body });
    expect(await api.factCount()).toBe(before);
    const id = first.body.operation.cluster.id;
    await api.facts.deployed(id);
    await api.request('DELETE', '/clusters/repeated', { confirm: 'repeated' });
    await api.facts.deleted(id);
    const late = await api.post('/clusters', body, key);
    expect(late).toMatchObject({ status: 202, body: first.body });
    expect(late.headers['location']).toBe(`/v1/operations/${first.body.operation.id}`);
  });

  it('is recognised when the name belongs to a newer cluster, and does not touch that', async () => {
    const body = { name: 'reborn', ...DEPLOYMENT };
    const first = await api.post('/clusters', body, { 'idempotency-key': 'first life' });
    await api.facts.deployed(first.body.operation.cluster.id);
    const end = await api.request('DELETE', '/clusters/reborn', { confirm: 'reborn' }, { 'idempotency-key': 'end' });
    await api.facts.deleted(first.body.operation.cluster.id);
    const second = await deploy('reborn');
    expect(second).not.toBe(first.body.operation.cluster.id);
    // The second life is busy with its deployment, then serves: neither is touched.
    expect(await api.post('/clusters', body, { 'idempotency-key': 'first life' })).toMatchObject({ status: 202, body: first.body });
    await api.facts.deployed(second);
    const before = await api.factCount();
    expect(await api.post('/clusters', body, { 'idempotency-key': 'first life' })).toMatchObject({ status: 202, body: first.body });
    expect(await api.request('DELETE', '/clusters/reborn', { confirm: 'reborn' }, { 'idempotency-key': 'end' })).toMatchObject({ status: 202, body: end.body });
    expect(await api.factCount()).toBe(before);
    expect((await api.get('/clusters/reborn')).body).toMatchObject({ id: second, status: 'running' });
  });

  it('with the same key and another body is refused', async () => {
    await api.post('/clusters', { name: 'twofold', ...DEPLOYMENT }, { 'idempotency-key': 'k-2' });
    expectProblem(await api.post('/clusters', { name: 'twofold', ...DEPLOYMENT, nodes: 2 }, { 'idempotency-key': 'k-2' }), 409, 'idempotency-key-reused');
    expectProblem(await api.post('/clusters', { name: 'twofold', ...DEPLOYMENT, reason: 'other' }, { 'idempotency-key': 'k-2' }), 409, 'idempotency-key-reused');
  });

  it('with another key is another request', async () => {
    await api.post('/clusters', { name: 'keyed', ...DEPLOYMENT }, { 'idempotency-key': 'k-3' });
    expectProblem(await api.post('/clusters', { name: 'keyed', ...DEPLOYMENT }, { 'idempotency-key': 'k-4' }), 409, 'name-in-use');
  });

  it('sent twice at once is accepted once, and both get the answer', async () => {
    const body = { name: 'doubled', ...DEPLOYMENT };
    const [one, other] = await Promise.all([api.post('/clusters', body, { 'idempotency-key': 'k-5' }), api.post('/clusters', body, { 'idempotency-key': 'k-5' })]);
    expect(one).toMatchObject({ status: 202, body: other.body });
    expect(await factsOf(one.body.operation.cluster.id)).toHaveLength(2);
  });

  it('sent at once with another body is accepted once, and the other is refused', async () => {
    for (let round = 0; round < 10; round += 1) {
      const send = (nodes: number) => api.post('/clusters', { name: `torn-${round}`, ...DEPLOYMENT, nodes }, { 'idempotency-key': `torn ${round}` });
      const replies = await Promise.all([send(1), send(2), send(3)]);
      expect(replies.map((reply) => reply.status).sort()).toEqual([202, 409, 409]);
      for (const reply of replies.filter(({ status }) => status === 409)) expectProblem(reply, 409, 'idempotency-key-reused');
    }
  });

  it('by another token is another request', async () => {
    const { token } = await api.tokens.createToken({ actor: 'token:other' });
    await api.post('/clusters', { name: 'whose', ...DEPLOYMENT }, { 'idempotency-key': 'k-6' });
    expectProblem(await api.post('/clusters', { name: 'whose', ...DEPLOYMENT }, { 'idempotency-key': 'k-6', authorization: `Bearer ${token}` }), 409, 'name-in-use');
  });
});

describe('a change of a cluster', () => {
  it('is accepted by id and by name, one at a time, and the other is told which runs', async () => {
    const id = await deploy('changing');
    expectProblem(await api.post('/clusters/changing/nodes', {}), 409, 'cluster-not-running');
    await api.facts.deployed(id);
    const first = await api.post(`/clusters/${id}/nodes`, {});
    expect(first).toMatchObject({ status: 202, body: { operation: { kind: 'add-node', cluster: { id, name: 'changing' } } } });
    const busy = expectProblem(await api.post('/clusters/changing/nodes', {}), 409, 'cluster-busy');
    expect(busy.operationId).toBe(first.body.operation.id);
    await api.facts.succeeded(id);
    expect((await api.request('POST', '/clusters/changing/nodes')).status).toBe(202);
  });

  it('by twenty at once is accepted once', async () => {
    const id = await deploy('contended');
    await api.facts.deployed(id);
    const replies = await Promise.all(Array.from({ length: 20 }, () => api.post('/clusters/contended/nodes', {})));
    expect(replies.filter((reply) => reply.status === 202)).toHaveLength(1);
    for (const reply of replies.filter(({ status }) => status !== 202)) expect(['cluster-busy', 'concurrent-changes']).toContain(expectProblem(reply, 409, reply.body.code).code);
  });

  it('names nodes by id in its facts, however they were given', async () => {
    const id = await deploy('named');
    const { nodes } = await api.facts.deployed(id);
    const { operation } = (await api.post(`/clusters/named/nodes/${nodes[1]?.name}/promote`, { confirm: nodes[1]?.name, reason: 'maintenance' })).body;
    expect(operation.kind).toBe('promote-node');
    const accepted = (await factsOf(id)).findLast((fact) => fact.type === 'OperationAccepted');
    expect(accepted?.data).toMatchObject({ input: { nodeId: nodes[1]?.id, confirm: nodes[1]?.name } });
    expect(accepted?.meta.reason).toBe('maintenance');
  });

  it('is confirmed in the body or in the query of DELETE', async () => {
    const id = await deploy('confirmed');
    const { nodes } = await api.facts.deployed(id);
    expect((await api.request('DELETE', `/clusters/confirmed/nodes/${nodes[2]?.id}?confirm=${nodes[2]?.name}`)).status).toBe(202);
    await api.facts.succeeded(id);
    expect((await api.request('DELETE', '/clusters/confirmed', { confirm: 'confirmed', reason: 'over' })).status).toBe(202);
  });
});

describe('a plan', () => {
  it('is told before, and its hash agrees to exactly it', async () => {
    const input = { name: 'planned', ...DEPLOYMENT };
    const before = await api.factCount();
    const { status, body } = await api.post('/plans', { operation: 'deploy-cluster', input });
    expect(status).toBe(200);
    expect(body.plan).toMatchObject({ kind: 'deploy-cluster', expectedWritePauseMs: 0, steps: expect.arrayContaining([expect.objectContaining({ name: 'join-replicas' })]) });
    expect(await api.factCount()).toBe(before);
    const reply = await api.post('/clusters', { ...input, planHash: body.planHash });
    expect(reply).toMatchObject({ status: 202, body: { operation: { planHash: body.planHash, cluster: body.cluster } } });
  });

  it('that would differ now is refused with the new one', async () => {
    const id = await deploy('moved');
    await api.facts.deployed(id);
    const old = (await api.post('/clusters/moved/plans', { operation: 'add-node' })).body;
    await api.post('/clusters/moved/nodes', {});
    await api.facts.succeeded(id, { type: 'NodeReserved', data: { clusterId: id, nodeId: `${id}-n4`, name: 'pg-444444', ordinal: 4, role: 'replica', plan: 'SMALL-1C-1G' } });
    const problem = expectProblem(await api.post('/clusters/moved/nodes', { planHash: old.planHash }), 412, 'plan-changed');
    expect(problem.planHash).not.toBe(old.planHash);
    expect((await api.post('/clusters/moved/plans', { operation: 'add-node' })).body).toMatchObject({ plan: problem.plan, planHash: problem.planHash });
    expect((await api.post('/clusters/moved/nodes', { planHash: problem.planHash })).status).toBe(202);
  });

  it('of each change of a cluster needs no confirmation', async () => {
    const id = await deploy('previewed');
    const { nodes } = await api.facts.deployed(id);
    const orders = [
      { operation: 'add-node', input: {} },
      { operation: 'promote-node', input: { node: nodes[1]?.name } },
      { operation: 'remove-node', input: { node: nodes[2]?.id } },
      { operation: 'delete-cluster' },
    ];
    for (const order of orders) expect((await api.post('/clusters/previewed/plans', order)).body.plan.kind).toBe(order.operation);
    expectProblem(await api.post('/clusters/previewed/plans', { operation: 'promote-node', input: { node: nodes[0]?.name } }), 409, 'already-primary');
    expectProblem(await api.post('/clusters/none/plans', { operation: 'add-node' }), 404, 'unknown-cluster');
  });
});

describe('termination protection', () => {
  it('takes effect at once, is a fact, and refuses a deletion', async () => {
    const id = await deploy('protected');
    await api.facts.deployed(id);
    const on = await api.request('PUT', '/clusters/protected/settings', { terminationProtection: true, reason: 'live' });
    expect(on).toMatchObject({ status: 200, body: { terminationProtection: true } });
    expect((await factsOf(id)).at(-1)).toMatchObject({ type: 'SettingsChanged', meta: { actor: 'token:admin', reason: 'live', correlationId: on.headers['x-correlation-id'] } });
    expectProblem(await api.request('DELETE', '/clusters/protected', { confirm: 'protected' }), 409, 'termination-protected');
    const before = await api.factCount();
    await api.request('PUT', '/clusters/protected/settings', { terminationProtection: true });
    expect(await api.factCount()).toBe(before);
    await api.request('PUT', '/clusters/protected/settings', { terminationProtection: false });
    expect((await api.request('DELETE', '/clusters/protected', { confirm: 'protected' })).status).toBe(202);
  });
});
