import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { operationStream } from '@holdfast/domain';
import { leftovers, readCluster, readClusterById, serversSayWhatFactsSay, stepStarted } from '../support/truth.js';
import { TestStack } from '../support/test-stack.js';

const DEPLOY = { engine: 'postgresql', version: '18', mode: 'primary-replica', nodes: 2, provider: 'local' };

describe('operations outlive Temporal, and what is done to them there', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await TestStack.start();
  }, 180_000);
  afterAll(() => stack.stop(), 120_000);

  const inTemporal = async <T>(operationId: string, work: (workflow: WorkflowHandle) => Promise<T>): Promise<T> => {
    const connection = await Connection.connect({ address: stack.configuration.temporal.address });
    try {
      return await work(new Client({ connection }).workflow.getHandle(operationId));
    } finally {
      await connection.close();
    }
  };
  const deploy = (name: string): Promise<string> => stack.api.accepted('POST', '/clusters', { ...DEPLOY, name });

  it('are accepted while Temporal is away, and run when it is back', async () => {
    await stack.kill('temporal');
    const operation = await deploy('patient');
    expect((await stack.api.get(`/operations/${operation}`)).body['state']).toBe('accepted');
    await stack.startPart('temporal');
    await stack.succeeded(operation);
    await serversSayWhatFactsSay(stack, 'patient');
  }, 180_000);

  it('go on from their journal after Temporal lost its database', async () => {
    const operation = await deploy('forgotten');
    await stepStarted(stack, operation, 'join-replicas', 60_000);
    await stack.kill('temporal');
    rmSync(join(stack.configuration.home, 'temporal'), { recursive: true });
    await stack.startPart('temporal');
    await stack.succeeded(operation, 150_000);
    await serversSayWhatFactsSay(stack, 'forgotten');
    const started = (await stack.store.readStream(operationStream(operation))).filter((fact) => fact.type === 'StepStarted' && 'step' in fact.data && fact.data.step === 'start-primary');
    expect(started).toHaveLength(1);
  }, 240_000);

  it('are undone when somebody terminates them in Temporal, and the facts say so', async () => {
    const operation = await deploy('terminated');
    await stepStarted(stack, operation, 'join-replicas', 60_000);
    const { id } = await readCluster(stack, 'terminated');
    await inTemporal(operation, (workflow) => workflow.terminate('by a test'));
    expect(await stack.ended(operation, 120_000)).toBe('undone');
    expect((await readClusterById(stack, id)).status).toBe('deleted');
    expect(await leftovers(stack, id)).toEqual({ processes: [], directories: [] });
    const journal = await stack.store.readStream(operationStream(operation));
    expect(journal.some((fact) => fact.type === 'OperationInterrupted' && 'by' in fact.data && fact.data.by === 'temporal')).toBe(true);
  }, 240_000);

  it('take no answer that the API has not signed, and no cancel request of Temporal', async () => {
    const operation = await deploy('unmoved');
    await stepStarted(stack, operation, 'provision-machines', 60_000);
    const answer = { operationId: operation, step: 'reserve-nodes', verb: 'cancel', actor: 'token:nobody', expiresAt: '2999-01-01T00:00:00.000Z', nonce: 'n' };
    await inTemporal(operation, async (workflow) => {
      await expect(workflow.executeUpdate('answer', { args: [{ answer, signature: 'AAAA' }] })).rejects.toThrow();
      await workflow.cancel();
    });
    await stack.succeeded(operation);
    await serversSayWhatFactsSay(stack, 'unmoved');
  }, 180_000);
});
