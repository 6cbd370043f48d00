import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operationStream } from '@holdfast/domain';
import { leftovers, onNode, readCluster, readClusterById, serversSayWhatFactsSay, stepStarted } from '../support/truth.js';
import { TestStack } from '../support/test-stack.js';

describe('deploy-cluster on real servers', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await TestStack.start();
  }, 180_000);
  afterAll(() => stack.stop(), 120_000);

  it('makes one primary and two replicas that stream from it, and both addresses lead right', async () => {
    await stack.deploy('shop');
    await serversSayWhatFactsSay(stack, 'shop');
  }, 180_000);

  it('sets the servers up as promised: checksums, scram, small retry interval, no password in any file of the log', async () => {
    const cluster = await readCluster(stack, 'shop');
    for (const node of cluster.nodes) {
      const settings = await onNode(stack, cluster, node, async (client) => {
        const { rows } = await client.query<{ name: string; setting: string }>(
          `select name, setting from pg_settings where name in ('data_checksums', 'password_encryption', 'wal_retrieve_retry_interval', 'listen_addresses')`,
        );
        return Object.fromEntries(rows.map((row) => [row.name, row.setting]));
      });
      expect(settings).toEqual({ data_checksums: 'on', password_encryption: 'scram-sha-256', wal_retrieve_retry_interval: '100', listen_addresses: node.address });
    }
  }, 60_000);

  it('writes its plan into the journal, step by step', async () => {
    const { operations } = await readCluster(stack, 'shop');
    const [id = ''] = Object.keys(operations);
    const { body } = await stack.api.get(`/operations/${id}`);
    const journal = await stack.store.readStream(operationStream(id));
    const run = journal.filter((fact) => fact.type === 'StepStarted').map((fact) => ('step' in fact.data ? fact.data.step : ''));
    expect(run).toEqual([...(body['plan']?.['steps'] ?? [])].map((step) => step['name']));
    expect(journal.every((fact) => fact.meta.actor === 'token:admin' && fact.meta.correlationId === id)).toBe(true);
  });

  it('waits for a replica at each commit when synchronous', async () => {
    await stack.deploy('ledger', { nodes: 2, replication: 'sync' });
    await serversSayWhatFactsSay(stack, 'ledger');
    const cluster = await readCluster(stack, 'ledger');
    const primary = cluster.nodes.find((node) => node.role === 'primary');
    if (primary === undefined) throw new Error('There is no primary.');
    const states = await onNode(stack, cluster, primary, async (client) => (await client.query<{ state: string }>('select sync_state as state from pg_stat_replication')).rows);
    expect(states).toEqual([{ state: 'quorum' }]);
  }, 180_000);

  it('makes a single node', async () => {
    await stack.deploy('lonely', { nodes: 1, mode: 'single' });
    await serversSayWhatFactsSay(stack, 'lonely');
  }, 120_000);

  it('cancelled in the middle leaves nothing, and the name is free', async () => {
    const operation = await stack.api.accepted('POST', '/clusters', { name: 'regret', engine: 'postgresql', version: '18', mode: 'primary-replica', nodes: 3, provider: 'local' });
    await stepStarted(stack, operation, 'join-replicas', 60_000);
    const { id } = await readCluster(stack, 'regret');
    const answer = await stack.api.post(`/operations/${operation}/cancel`, { reason: 'changed my mind' });
    expect(answer.status).toBe(202);
    expect(await stack.ended(operation, 120_000)).toBe('cancelled');
    expect((await readClusterById(stack, id)).status).toBe('deleted');
    expect(await leftovers(stack, id)).toEqual({ processes: [], directories: [] });
    await stack.deploy('regret', { nodes: 1, mode: 'single' });
  }, 180_000);

  it('is refused by its name while it is in use, and by what it asks for', async () => {
    const body = { name: 'shop', engine: 'postgresql', version: '18', mode: 'primary-replica', nodes: 3, provider: 'local' };
    expect((await stack.api.post('/clusters', body)).body).toMatchObject({ status: 409, code: 'name-in-use' });
    expect((await stack.api.post('/clusters', { ...body, name: 'other', engine: 'hydra', version: '1' })).body).toMatchObject({ status: 422, code: 'engine-not-deployable' });
    expect((await stack.api.get('/clusters/other')).status).toBe(404);
  });
});
