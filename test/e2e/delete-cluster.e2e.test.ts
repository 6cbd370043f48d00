import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LOGINS, primaryOf, secretReference, type LoginKind } from '@holdfast/domain';
import { leftovers, readCluster, readClusterById, serversSayWhatFactsSay, stepStarted } from '../support/truth.js';
import { signalAll } from '../support/signal-all.js';
import { TestStack } from '../support/test-stack.js';

describe('delete-cluster on real servers', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await TestStack.start();
    await stack.deploy('gone');
  }, 240_000);
  afterAll(() => stack.stop(), 120_000);

  const remove = (confirm: string) => stack.api.request('DELETE', '/clusters/gone', { confirm });

  it('is refused with another name, and under termination protection', async () => {
    expect((await remove('gnoe')).body).toMatchObject({ status: 422, code: 'wrong-confirmation' });
    await stack.api.request('PUT', '/clusters/gone/settings', { terminationProtection: true });
    expect((await remove('gone')).body).toMatchObject({ status: 409, code: 'termination-protected' });
    await stack.api.request('PUT', '/clusters/gone/settings', { terminationProtection: false });
    await serversSayWhatFactsSay(stack, 'gone');
  }, 60_000);

  it('cancelled before the first machine is destroyed brings the cluster back', async () => {
    const primary = primaryOf(await readCluster(stack, 'gone'));
    const file = join(stack.configuration.machinesDirectory, 'machines', primary?.id ?? '', 'data', 'pgdata', 'postmaster.pid');
    const server = Number(readFileSync(file, 'utf8').split('\n')[0]);
    // A server that does not stop by itself: so the step is not over before the answer comes.
    signalAll([String(server)], 'SIGSTOP');
    try {
      const operation = String((await remove('gone')).body['operation']?.['id']);
      await stepStarted(stack, operation, 'stop-nodes', 60_000);
      expect((await stack.api.post(`/operations/${operation}/cancel`)).status).toBe(202);
      signalAll([String(server)], 'SIGCONT');
      expect(await stack.ended(operation, 120_000)).toBe('cancelled');
    } finally {
      signalAll([String(server)], 'SIGCONT');
    }
    await serversSayWhatFactsSay(stack, 'gone');
  }, 180_000);

  it('leaves no process, port, file or password, and frees the name', async () => {
    const { id } = await readCluster(stack, 'gone');
    await stack.succeeded(String((await remove('gone')).body['operation']?.['id']));
    expect((await readClusterById(stack, id)).status).toBe('deleted');
    expect(await leftovers(stack, id)).toEqual({ processes: [], directories: [] });
    for (const login of Object.keys(LOGINS) as LoginKind[]) await expect(stack.secrets.get(secretReference(id, login))).rejects.toThrow('There is no secret');
    await stack.deploy('gone', { nodes: 1, mode: 'single' });
    expect((await readCluster(stack, 'gone')).id).not.toBe(id);
  }, 180_000);
});
