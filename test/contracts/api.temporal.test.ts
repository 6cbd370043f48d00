import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWith, TemporalClientDoor } from '@holdfast/api';
import { AnswerVerifier, CodecEndpoint, connectTemporal, createDataConverter, EncryptionCodec, loadOrCreateCodecKeys, loadOrCreateSigningKeys, type Signed } from '@holdfast/infra/temporal';
import { TASK_QUEUE } from '@holdfast/workflows/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activityInfo, ApplicationFailure, Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { eventually } from '../support/api-client.js';
import { startTemporal } from '../support/temporal-server.js';
import { workflowBundle } from '../support/workflow-bundle.js';
import { ApiHarness, expectProblem } from './api.harness.js';

let folder: string;
let temporal: TestWorkflowEnvironment;
let client: Client;
let worker: Worker;
let working: Promise<void>;
let api: ApiHarness;

/** The workflow's own part is real; of its activities only the journal and the check of signatures, and every step waits for ever. */
const activities = (verifier: AnswerVerifier): { default: (...given: unknown[]) => Promise<void> } => ({
  default: async (_, given) => {
    const { activityType } = activityInfo();
    if (activityType === 'verifyAnswer' && !verifier.isSigned(given as Signed<object>)) throw ApplicationFailure.nonRetryable('The signature is not the API’s.', 'answer-not-signed');
    if (['verifyAnswer', 'appendJournal', 'endOperation'].includes(activityType)) return;
    await Context.current().cancelled;
  },
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-api-'));
  const keys = { answerSigning: join(folder, 'signing.key'), answerVerifying: join(folder, 'signing.pub') };
  const codecFile = join(folder, 'codec.key');
  temporal = await startTemporal();
  const dataConverter = createDataConverter(codecFile);
  client = connectTemporal({ address: temporal.address, namespace: 'default', dataConverter });
  const door = new TemporalClientDoor(client, loadOrCreateSigningKeys(keys), new CodecEndpoint(new EncryptionCodec(loadOrCreateCodecKeys(codecFile))));
  worker = await Worker.create({
    connection: temporal.nativeConnection,
    taskQueue: TASK_QUEUE,
    dataConverter,
    workflowBundle: { codePath: workflowBundle() },
    activities: activities(new AnswerVerifier(keys.answerVerifying)),
    shutdownGraceTime: 0,
  });
  working = worker.run();
  api = await ApiHarness.open({ temporal: door, startWorkflow: startWith(client) });
}, 120_000);
afterAll(async () => {
  await api.close();
  worker.shutdown();
  await working;
  await client.connection.close();
  await temporal.teardown();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const deploy = async (name: string): Promise<string> => {
  const { operation } = (await api.post('/clusters', { name, engine: 'postgresql', version: '18', nodes: 1 })).body;
  await eventually('the workflow runs', 20_000, async () => (await client.workflow.getHandle(operation.id).describe()).status.name === 'RUNNING' || undefined);
  return operation.id;
};

describe('with Temporal', () => {
  it('an accepted operation is started at once, under its own id, and nothing of it can be read there', async () => {
    const id = await deploy('started');
    const description = await client.workflow.getHandle(id).describe();
    expect(description.type).toBe('deploy-cluster');
    const { events } = await client.workflow.getHandle(id).fetchHistory();
    const payloads = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(Buffer.from(payloads[0]?.data ?? []).toString()).not.toContain('started');
    // For those who may, the codec shows it.
    const json = payloads.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
      data: Buffer.from(data ?? []).toString('base64'),
    }));
    const { body } = await api.post('/codec/decode', { payloads: json });
    expect(JSON.parse(Buffer.from(body.payloads[0].data, 'base64').toString())).toMatchObject({ operationId: id, clusterName: 'started', actor: 'token:admin' });
    expect((await api.post('/codec/encode', body)).body.payloads[0].data).not.toBe(body.payloads[0].data);
    json[0]!.data = Buffer.from('changed').toString('base64');
    expectProblem(await api.post('/codec/decode', { payloads: json }), 422, 'payload-not-readable');
  });

  it('a refused answer is told with the workflow’s own code and sentence', async () => {
    const id = await deploy('refusing');
    expect(expectProblem(await api.post(`/operations/${id}/retry`, { step: 'reserve-nodes' }), 409, 'answer-not-allowed').detail).toMatch(/not stuck/);
    expectProblem(await api.post(`/operations/${id}/skip`, { step: 'verify' }), 409, 'answer-too-late');
  });

  it('a cancellation is taken, signed', async () => {
    const id = await deploy('cancelled');
    const reply = await api.post(`/operations/${id}/cancel`, { reason: 'not needed' });
    expect(reply).toMatchObject({ status: 202, body: { operation: { id }, verb: 'cancel', step: 'reserve-nodes' } });
    expectProblem(await api.post(`/operations/${id}/cancel`, {}), 409, 'answer-not-allowed');
  });

  it('an answer to an operation that Temporal does not know is refused for now', async () => {
    const id = await deploy('terminated');
    await client.workflow.getHandle(id).terminate('by hand');
    expectProblem(await api.post(`/operations/${id}/cancel`, {}), 409, 'operation-not-started');
  });

  it('readiness says that it answers', async () => {
    const { body } = await api.get('//readyz');
    expect(body.parts.find((part: { name: string }) => part.name === 'temporal')).toEqual({ name: 'temporal', ok: true, detail: 'It answers.' });
  });
});

describe('with Temporal away', () => {
  it('an answer is refused within seconds, and readiness says why', async () => {
    const keys = { answerSigning: join(folder, 'signing.key'), answerVerifying: join(folder, 'signing.pub') };
    const nowhere = connectTemporal({ address: '127.0.0.1:1', namespace: 'default', dataConverter: createDataConverter(join(folder, 'codec.key')) });
    const door = new TemporalClientDoor(nowhere, loadOrCreateSigningKeys(keys), new CodecEndpoint(new EncryptionCodec(loadOrCreateCodecKeys(join(folder, 'codec.key')))));
    const answer = { operationId: 'x', step: 'y', verb: 'cancel' as const, actor: 'token:admin', expiresAt: new Date().toISOString(), nonce: 'z' };
    await expect(door.answer(answer)).rejects.toMatchObject({ name: 'TemporalUnavailable' });
    await expect(door.check()).rejects.toThrow();
  }, 30_000);
});
