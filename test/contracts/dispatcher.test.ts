import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { eventually } from '../support/api-client.js';
import { workflowBundle } from '../support/workflow-bundle.js';
import { DispatcherScene, type Accepted, type Running } from './dispatcher.harness.js';

const TEST_MS = 300_000;
const leads = (dispatcher: Running): boolean => dispatcher.log.some((line) => line.includes('This worker dispatches.'));

describe('dispatcher and reconciler', () => {
  let scene: DispatcherScene;
  let dispatcher: Running;

  beforeAll(async () => {
    scene = await DispatcherScene.make();
    scene.startWorker();
    dispatcher = await scene.startDispatcher();
  }, TEST_MS);
  afterAll(() => scene.remove(), TEST_MS);

  const runsOf = async ({ operationId }: Accepted): Promise<string[]> => {
    // Visibility follows within a second.
    const runs: { runId: string; at: number }[] = [];
    for await (const run of scene.client.workflow.list({ query: `WorkflowId = "${operationId}"` })) runs.push({ runId: run.runId, at: run.startTime.getTime() });
    return runs.sort((a, b) => a.at - b.at).map((run) => run.runId);
  };

  it('starts what was accepted before Temporal was there, in order, when it is', async () => {
    const accepted = [await scene.acceptDeployment(), await scene.acceptDeployment(), await scene.acceptDeployment()];
    await delay(1_500);
    expect(await Promise.all(accepted.map((operation) => scene.journal(operation)))).toEqual([[], [], []]);
    await scene.temporal.start();
    for (const operation of accepted) await scene.ended(operation, 'OperationSucceeded');
    const starts = await Promise.all(accepted.map(async ({ operationId }) => (await scene.client.workflow.getHandle(operationId).describe()).startTime.getTime()));
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  }, TEST_MS);

  it('starts again what is accepted after Temporal was away for a while', async () => {
    await scene.temporal.kill();
    const accepted = await scene.acceptDeployment();
    await delay(1_500);
    expect(await scene.journal(accepted)).toEqual([]);
    await scene.temporal.start();
    await scene.ended(accepted, 'OperationSucceeded');
  }, TEST_MS);

  it('goes on where it stood after a restart, and starts nothing twice', async () => {
    const before = await scene.acceptDeployment();
    await scene.ended(before, 'OperationSucceeded');
    await dispatcher.stop();
    const place = await checkpoint();
    const meanwhile = await scene.acceptDeployment();
    dispatcher = await scene.startDispatcher();
    await scene.ended(meanwhile, 'OperationSucceeded');
    expect(dispatcher.log.filter((line) => line.includes('Operation started.')).length).toBe(1);
    await eventually('the checkpoint moves', 30_000, async () => ((await checkpoint()) > place ? true : undefined));
    await eventually('one run each', 30_000, async () => ((await runsOf(before)).length === 1 && (await runsOf(meanwhile)).length === 1 ? true : undefined));
  }, TEST_MS);

  it('keeps no operation that has ended', async () => {
    const open = async (): Promise<true | undefined> => ((await scene.store.pool.query('select from dispatcher.dispatched_operations')).rowCount === 0 ? true : undefined);
    await eventually('the table is empty', 30_000, open);
  }, TEST_MS);

  it('undoes what a person terminates before the point of no return, and says so', async () => {
    const held = scene.hold('install');
    const accepted = await scene.acceptDeployment();
    await held.reached;
    await scene.client.workflow.getHandle(accepted.operationId).terminate('I know better.');
    await eventually('interrupted', 30_000, async () => ((await scene.interruptions(accepted)).length > 0 ? true : undefined));
    held.release();
    await scene.ended(accepted, 'OperationUndone');
    const [interruption, ...more] = await scene.interruptions(accepted);
    expect(more).toEqual([]);
    expect(interruption).toMatchObject({ data: { by: 'temporal' }, meta: { actor: 'system:reconciler', correlationId: accepted.operationId } });
    expect((interruption?.data as { detail: string }).detail).toMatch(/^The operation's workflow was terminated in Temporal by .+: I know better\.$/);
    expect((await scene.clusterFacts(accepted)).map((fact) => fact.type)).toContain('ClusterDiscarded');
    expect([...scene.world.machines.keys()].filter((id) => id.startsWith(accepted.clusterId))).toEqual([]);
  }, TEST_MS);

  it('goes forward with what is terminated after it', async () => {
    const { clusterId, replica } = await scene.deployed();
    const held = scene.hold('destroy');
    const accepted = await scene.accept({ kind: 'remove-node', input: replica }, clusterId);
    await held.reached;
    await scene.client.workflow.getHandle(accepted.operationId).terminate();
    await eventually('interrupted', 30_000, async () => ((await scene.interruptions(accepted)).length > 0 ? true : undefined));
    held.release();
    await scene.ended(accepted, 'OperationSucceeded');
    expect((await scene.clusterFacts(accepted)).filter((fact) => fact.type === 'NodeRemoved')).toHaveLength(1);
  }, TEST_MS);

  it('goes forward with what was lost with the database of Temporal, and begins no step twice that was done', async () => {
    const held = scene.hold('install');
    const accepted = await scene.acceptDeployment();
    await held.reached;
    await scene.temporal.kill();
    scene.temporal.loseDatabase();
    await scene.temporal.start();
    held.release();
    await scene.ended(accepted, 'OperationSucceeded');
    expect(await scene.interruptions(accepted)).toEqual([]);
    const begun = (await scene.journal(accepted)).filter((fact) => fact.type === 'StepStarted').map((fact) => (fact.data as { step: string }).step);
    expect(begun.filter((step) => step === 'provision-machines')).toHaveLength(1);
    expect(begun.filter((step) => step === 'install-engine')).toHaveLength(2);
  }, TEST_MS);

  it('ends what completed without a fact', async () => {
    await dispatcher.stop();
    const accepted = await scene.acceptDeployment();
    await completeSilently(accepted);
    dispatcher = await scene.startDispatcher();
    await scene.ended(accepted, 'OperationUndone');
    expect((await scene.interruptions(accepted)).map((fact) => (fact.data as { detail: string }).detail)).toEqual([
      "The operation's workflow was completed without an end of the operation.",
    ]);
  }, TEST_MS);

  it('acts in one process at a time; another takes over when its database session ends', async () => {
    const second = await scene.startDispatcher();
    const both = [dispatcher, second];
    const first = await scene.acceptDeployment();
    await scene.ended(first, 'OperationSucceeded');
    expect(both.filter(leads)).toEqual([dispatcher]);
    await dispatcher.stop();
    const next = await scene.acceptDeployment();
    await scene.ended(next, 'OperationSucceeded');
    expect(leads(second)).toBe(true);
    await eventually('one run each', 30_000, async () => ((await runsOf(first)).length === 1 && (await runsOf(next)).length === 1 ? true : undefined));
    dispatcher = second;
  }, TEST_MS);

  it('leads again after the event store ended all its sessions', async () => {
    await scene.store.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`);
    const accepted = await scene.acceptDeployment();
    await scene.ended(accepted, 'OperationSucceeded');
    expect(dispatcher.log.filter((line) => line.includes('This worker dispatches.')).length).toBeGreaterThan(1);
  }, TEST_MS);

  it('shows Temporal neither input, summary nor failure in clear', async () => {
    scene.world.engineError = Object.assign(new Error('canary-failure'), { name: 'NotASyncPolicy', code: 'ENOSPC' });
    const accepted = await scene.acceptDeployment();
    await scene.ended(accepted, 'OperationFailed');
    scene.world.engineError = undefined;
    const history = await rawHistory(accepted.operationId);
    const texts = [...history.matchAll(/[A-Za-z0-9+/]{16,}={0,2}/g)].map(([text]) => Buffer.from(text, 'base64').toString('latin1'));
    const shown = [history, ...texts].join('\n');
    expect(shown).toContain('binary/encrypted');
    for (const hidden of ['canary-failure', 'A test.', 'orders', 'asked for by', 'NotASyncPolicy']) expect(shown).not.toContain(hidden);
    expect(JSON.stringify(await scene.journal(accepted))).toContain('canary-failure');
  }, TEST_MS);

  const checkpoint = async (): Promise<string> => (await scene.store.pool.query<{ position: string }>('select position from dispatcher.checkpoint')).rows[0]?.position ?? '';

  /** A workflow of the operation's id that says nothing in the facts. */
  const completeSilently = async ({ operationId }: Accepted): Promise<void> => {
    const connection = await NativeConnection.connect({ address: scene.temporal.address });
    const worker = await Worker.create({ connection, taskQueue: 'silent', workflowBundle: { codePath: workflowBundle('test/contracts/dispatcher.workflows.ts') }, dataConverter: scene.dataConverter() });
    await worker.runUntil(scene.client.workflow.execute('endsSilently', { workflowId: operationId, taskQueue: 'silent' }));
    await connection.close();
  };

  /** As somebody sees it who looks into Temporal's database. */
  const rawHistory = async (workflowId: string): Promise<string> => {
    const connection = await Connection.connect({ address: scene.temporal.address });
    try {
      const { history } = await connection.workflowService.getWorkflowExecutionHistory({ namespace: 'default', execution: { workflowId } });
      return JSON.stringify(history, (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value));
    } finally {
      await connection.close();
    }
  };
});
