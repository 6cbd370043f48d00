import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiHarness, expectProblem } from './api.harness.js';

let api: ApiHarness;
/** Three nodes, asynchronous, serving. */
let nodes: { id: string; name: string }[];
/** Two nodes, synchronous, serving. */
let syncNodes: { id: string; name: string }[];

const GOOD = { name: 'new-one', engine: 'postgresql', version: '18', mode: 'primary-replica', nodes: 3, provider: 'local', region: 'local', plan: 'SMALL-1C-1G' };
const GROUP_OF_2 = { engine: 'mariadb', version: '10.11', mode: 'multi-primary', nodes: 2 };

const serving = async (name: string, changes: object): Promise<{ id: string; name: string }[]> => {
  const reply = await api.post('/clusters', { ...GOOD, name, ...changes });
  return (await api.facts.deployed(reply.body.operation.cluster.id)).nodes;
};

beforeAll(async () => {
  api = await ApiHarness.open();
  nodes = await serving('serving', {});
  syncNodes = await serving('in-sync', { nodes: 2, replication: 'sync' });
}, 60_000);
afterAll(() => api.close());

/** Whatever is refused here must have changed nothing. */
let factsBefore = 0;
beforeEach(async () => {
  factsBefore = await api.factCount();
});
const nothingChanged = async (): Promise<void> => expect(await api.factCount()).toBe(factsBefore);

describe('a deployment that the catalogue or a rule forbids', () => {
  it.each([
    ['an unknown engine', { engine: 'oracle' }, 'engine', 'unknown-engine'],
    ['an engine whose driver is not built', { engine: 'hydra', version: '1' }, 'engine', 'engine-not-deployable'],
    ['an unknown version', { version: '9.6' }, 'version', 'unknown-version'],
    ['a version that cannot be had here', { version: '17' }, 'version', 'version-not-available'],
    ['an unknown machine size', { plan: 'HUGE' }, 'plan', 'unknown-plan'],
    ['an unknown provider', { provider: 'moon' }, 'provider', 'unknown-provider'],
    ['a provider whose adapter is not built', { provider: 'aws', region: 'us-east-1' }, 'provider', 'provider-not-deployable'],
    ['an unknown region', { region: 'mars' }, 'region', 'unknown-region'],
    ['0 nodes', { nodes: 0 }, 'nodes', 'invalid-node-count'],
    ['100 nodes', { nodes: 100 }, 'nodes', 'invalid-node-count'],
    ['half a node', { nodes: 2.5 }, 'nodes', 'invalid-node-count'],
    ['a name with spaces', { name: 'my orders' }, 'name', 'invalid-name'],
    ['a name of 300 characters', { name: 'a'.repeat(300) }, 'name', 'invalid-name'],
    ['an empty name', { name: '' }, 'name', 'invalid-name'],
    ['2 members of a group', GROUP_OF_2, 'nodes', 'too-few-members'],
    ['a mode that the engine has not', { mode: 'multi-primary', nodes: 3 }, 'mode', 'unknown-mode'],
  ])('%s: 422 with the field and its code', async (_, change, field, code) => {
    const problem = expectProblem(await api.post('/clusters', { ...GOOD, ...change }), 422, code);
    expect(problem.errors).toEqual([{ field, code, detail: expect.stringMatching(/\.$/) }]);
    await nothingChanged();
  });

  it('a name in use: 409', async () => {
    expectProblem(await api.post('/clusters', { ...GOOD, name: 'serving' }), 409, 'name-in-use');
    await nothingChanged();
  });

  it('several faults: all of them at once', async () => {
    const body = { ...GOOD, name: 'no no', engine: 'oracle', nodes: 0, plan: 'HUGE', provider: 'moon' };
    const problem = expectProblem(await api.post('/clusters', body), 422, 'invalid-request');
    expect(problem.errors.map((fault: { field: string }) => fault.field).sort()).toEqual(['engine', 'name', 'nodes', 'plan', 'provider']);
    await nothingChanged();
  });

  it('an even number of members: a warning in its plan, and an odd one none', async () => {
    const warningsOf = async (count: number) => (await api.post('/plans', { operation: 'deploy-cluster', input: { ...GOOD, ...GROUP_OF_2, nodes: count } })).body.plan.warnings;
    expect(await warningsOf(4)).toEqual([expect.stringContaining('neither has a majority')]);
    expect(await warningsOf(3)).toEqual([]);
  });

  it('says the same to the question for a plan', async () => {
    expectProblem(await api.post('/plans', { operation: 'deploy-cluster', input: { ...GOOD, engine: 'oracle' } }), 422, 'unknown-engine');
  });
});

describe('a malformed request', () => {
  it('with several faults names all of them at once, the unknown fields too', async () => {
    const problem = expectProblem(await api.post('/clusters', { engine: 7, nodes: 'three', replication: 'maybe', colour: 'blue', shape: 'round' }), 400, 'malformed-request');
    const faults = Object.fromEntries(problem.errors.map((fault: { field: string; code: string }) => [fault.field, fault.code]));
    expect(faults).toEqual({ name: 'required', engine: 'wrong-type', nodes: 'wrong-type', replication: 'unknown-value', colour: 'unknown-field', shape: 'unknown-field' });
    await nothingChanged();
  });

  it('that is not JSON is told so', async () => {
    expectProblem(await api.post('/clusters', 'engine=postgresql'), 400, 'not-json');
    expectProblem(await api.post('/clusters', '{"name":'), 400, 'not-json');
    expectProblem(await api.post('/clusters', ''), 400, 'not-json');
    expectProblem(await api.post('/clusters', '{"__proto__":{"admin":true}}'), 400, 'not-json');
    expectProblem(await api.post('/clusters', '[]'), 400, 'malformed-request');
    expectProblem(await api.post('/clusters', 'null'), 400, 'malformed-request');
  });

  it('of another type is told which one is wanted', async () => {
    expectProblem(await api.post('/clusters', '<xml/>', { 'content-type': 'application/xml' }), 415, 'unsupported-media-type');
    expectProblem(await api.post('/clusters', '{}', { 'content-type': 'text/plain' }), 415, 'unsupported-media-type');
    expectProblem(await api.post('/clusters', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'unsupported-media-type');
  });

  it('of 10 MB is refused', async () => {
    expectProblem(await api.post('/clusters', { ...GOOD, reason: 'x'.repeat(10 * 1024 * 1024) }), 413, 'body-too-large');
    await nothingChanged();
  });

  it('with a reason longer than 500 characters, or a hash that is none, is refused', async () => {
    const problem = expectProblem(await api.post('/clusters', { ...GOOD, reason: 'x'.repeat(501), planHash: 'abc' }), 400, 'malformed-request');
    expect(problem.errors.map((fault: { field: string }) => fault.field).sort()).toEqual(['planHash', 'reason']);
  });

  it('whose address cannot be decoded is refused', async () => {
    const reply = await api.get('/clusters/%zz');
    expect([reply.status, reply.body.code, reply.headers['content-type']]).toEqual([400, 'malformed-request', 'application/problem+json']);
  });

  it('with an Idempotency-Key of 300 characters is refused', async () => {
    expect(expectProblem(await api.post('/clusters', GOOD, { 'idempotency-key': 'k'.repeat(300) }), 400, 'malformed-request').errors[0].field).toBe('Idempotency-Key');
    await nothingChanged();
  });

  it.each(['/clusters?limit=0', '/clusters?limit=x', '/clusters?colour=blue', '/clusters/serving?at=yesterday', '/clusters?cursor=eA', '/operations?stuck=perhaps', '/audit?since=1', '/events?after=nonsense'])('in the query: %s', async (path) => {
    expect(expectProblem(await api.get(path), 400, 'malformed-request').errors).toHaveLength(1);
  });

  it('without a confirmation names the missing field', async () => {
    expect(expectProblem(await api.request('DELETE', '/clusters/serving'), 400, 'malformed-request').errors).toEqual([{ field: 'confirm', code: 'required', detail: 'It is required.' }]);
    expectProblem(await api.post(`/clusters/serving/nodes/${nodes[1]?.name}/promote`, {}), 400, 'malformed-request');
  });
});

describe('a change that the state forbids', () => {
  const promote = (cluster: string, node: string | undefined, confirm = node) => api.post(`/clusters/${cluster}/nodes/${node}/promote`, { confirm });
  const remove = (cluster: string, node: string | undefined, confirm = node) => api.request('DELETE', `/clusters/${cluster}/nodes/${node}`, { confirm });

  it('to promote the primary', async () => {
    expectProblem(await promote('serving', nodes[0]?.name), 409, 'already-primary');
    await nothingChanged();
  });

  it('to promote a member of a group, where all take writes', async () => {
    const members = await serving('group', { ...GROUP_OF_2, nodes: 3 });
    const before = await api.factCount();
    expectProblem(await promote('group', members[1]?.name), 409, 'all-members-write');
    expectProblem(await remove('group', members[1]?.name), 409, 'too-few-members');
    expect(await api.factCount()).toBe(before);
  });

  it('to promote a node of another cluster', async () => {
    const problem = expectProblem(await promote('serving', syncNodes[1]?.name), 404, 'unknown-node');
    expect(problem.detail).toContain(nodes[0]?.name);
    await nothingChanged();
  });

  it('to promote a replica that does not stream yet', async () => {
    const others = await serving('joining', {});
    const { body } = await api.post('/clusters/joining/nodes', {});
    const id = body.operation.cluster.id;
    await api.facts.succeeded(id, { type: 'NodeReserved', data: { clusterId: id, nodeId: `${id}-n9`, name: 'pg-999999', ordinal: 9, role: 'replica', plan: 'SMALL-1C-1G' } });
    expect(others).toHaveLength(3);
    expectProblem(await promote('joining', 'pg-999999'), 409, 'node-not-active');
  });

  it('to remove the primary', async () => {
    expectProblem(await remove('serving', nodes[0]?.name), 409, 'node-is-primary');
    await nothingChanged();
  });

  it('to remove the last synchronous replica', async () => {
    expectProblem(await remove('in-sync', syncNodes[1]?.name), 409, 'last-sync-replica');
    await nothingChanged();
  });

  it('with the wrong confirmation', async () => {
    for (const reply of [await promote('serving', nodes[1]?.name, 'yes'), await remove('serving', nodes[1]?.name, 'serving'), await api.request('DELETE', '/clusters/serving', { confirm: 'in-sync' })]) {
      expect(expectProblem(reply, 422, 'wrong-confirmation').errors[0].field).toBe('confirm');
    }
    await nothingChanged();
  });

  it('of a cluster that is not there', async () => {
    expectProblem(await api.post('/clusters/nobody/nodes', {}), 404, 'unknown-cluster');
    expectProblem(await api.request('DELETE', '/clusters/cl-0123456789abcdef', { confirm: 'x' }), 404, 'unknown-cluster');
    expectProblem(await api.request('PUT', '/clusters/nobody/settings', { terminationProtection: true }), 404, 'unknown-cluster');
    await nothingChanged();
  });
});

describe('what is not there', () => {
  it.each([
    ['/nothing', 'unknown-route'],
    ['//nothing', 'unknown-route'],
    ['/clusters/nobody', 'unknown-cluster'],
    ['/clusters/serving?at=2001-01-01T00:00:00Z', 'unknown-cluster'],
    ['/operations/deploy-cluster-0', 'unknown-operation'],
    ['/nodes/pg-000000', 'unknown-node'],
    ['/facts/cluster-none', 'unknown-stream'],
  ])('%s: 404 %s', async (path, code) => {
    expectProblem(await api.get(path), 404, code);
  });
});
