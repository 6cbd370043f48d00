import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { AnswerSigner } from '@holdfast/infra/temporal';
import type { AllActivities } from '@holdfast/activities';
import { startEventStoreServer, type EventStoreServer } from '../support/event-store-server.js';
import { FIRST, Scene, SECOND } from './activities.harness.js';
import { deploying, end, fenced, installed, serving, syncServing, type Call } from './activities.stages.js';

const { privateKey } = generateKeyPairSync('ed25519');
const keys = { signer: new AnswerSigner(privateKey), publicKey: createPublicKey(privateKey) };

let server: EventStoreServer;
let store: PostgresEventStore;
beforeAll(async () => {
  server = await startEventStoreServer();
  store = PostgresEventStore.connect(server.url);
  await store.migrate();
}, 120_000);
afterAll(async () => {
  await store.close();
  await server.stop();
});

describe('facts of an operation', () => {
  it('carry who, why, and which step', async () => {
    const scene = new Scene(store, keys);
    await deploying(scene);
    await scene.run((a, c, id) => a.provisionNode(c, id(1)), 'provision-machines');
    expect((await scene.facts()).at(-1)).toMatchObject({
      type: 'NodeProvisioned',
      data: { clusterId: scene.clusterId, nodeId: scene.id(1), address: '127.1.0.1', port: 5432 },
      meta: { actor: 'token:admin', reason: 'A test.', correlationId: scene.operationId, step: 'provision-machines' },
    });
  });
  it('tell again what was undone and done again in the same step', async () => {
    const scene = new Scene(store, keys);
    await serving(scene);
    const stop = (): Promise<unknown> => scene.run((a, c, id) => a.fencePrimary(c, id(1)), 'fence-primary');
    const resume = (): Promise<unknown> => scene.run((a, c, id) => a.unfencePrimary(c, id(1)), 'fence-primary');
    for (const act of [stop, stop, resume, resume, stop, stop]) await act();
    expect(await scene.recorded()).toEqual(['NodeFenced', 'NodeUnfenced', 'NodeFenced']);
  });
  it('are written beside a change of settings that comes in between', async () => {
    const scene = new Scene(store, keys);
    await serving(scene);
    const settings = async (): Promise<void> => {
      for (const terminationProtection of [true, false, true]) await scene.write([{ type: 'SettingsChanged', data: { clusterId: scene.clusterId, terminationProtection } }]);
    };
    scene.beforeNextWrite(settings);
    await scene.run((a, c, id) => a.fencePrimary(c, id(1)));
    expect((await scene.facts()).slice(-4).map((fact) => fact.type)).toEqual(['SettingsChanged', 'SettingsChanged', 'SettingsChanged', 'NodeFenced']);
  });
  it('give up on a stream that does not stand still, and are tried again later', async () => {
    const scene = new Scene(store, keys);
    await serving(scene);
    const disturb = async (): Promise<void> => {
      await scene.write([{ type: 'SettingsChanged', data: { clusterId: scene.clusterId, terminationProtection: true } }]);
      scene.beforeNextWrite(disturb);
    };
    scene.beforeNextWrite(disturb);
    expect(await scene.failureOf((a, c, id) => a.fencePrimary(c, id(1)))).toMatchObject({ type: 'cluster-in-motion', nonRetryable: false });
    expect(await scene.recorded()).toEqual([]);
  });
  it('never make a second primary, nor speak of a node that is not there', async () => {
    const scene = new Scene(store, keys);
    await serving(scene);
    const second = await scene.failureOf((a, c, id) => a.recordFacts(c, [{ type: 'NodePromoted', data: { clusterId: c.clusterId, nodeId: id(2), demotedId: id(3) } }]));
    expect(second).toMatchObject({ type: 'second-primary', nonRetryable: true });
    const unknown = await scene.failureOf((a, c, id) => a.installEngine(c, id(9)));
    expect(unknown).toMatchObject({ type: 'unknown-node', nonRetryable: true });
  });
  it('hold no password', async () => {
    const scene = new Scene(store, keys);
    await installed(scene);
    await scene.run((a, c, id) => a.startPrimary(c, id(1)));
    scene.world.engineError = new Error("ALTER ROLE app PASSWORD 'canary-1'");
    const failure = await scene.failureOf((a, c, id) => a.cloneReplica(c, id(2), id(1)));
    expect(JSON.stringify([await scene.facts(), failure.message, failure.details, failure.cause?.stack])).not.toContain('canary-');
    expect(scene.world.passwords.size).toBe(3);
  });
});

describe('what activities refuse and tolerate', () => {
  it('a promotion of a replica that lags, does not stream, or has no disk is refused for good', async () => {
    const scene = new Scene(store, keys);
    await serving(scene);
    const preflight: Call = (a, c, id) => a.preflightPromotion(c, id(2), id(1));
    scene.world.lagBytes = 17 * 1024 * 1024;
    expect(await scene.failureOf(preflight)).toMatchObject({ type: 'replica-behind', nonRetryable: true, details: [{ node: SECOND.name }] });
    scene.world.lagBytes = 0;
    scene.world.metrics = { diskFreeBytes: 200 * 1024 * 1024, diskTotalBytes: 100 * 1024 ** 3 };
    expect(await scene.failureOf(preflight)).toMatchObject({ type: 'disk-full', nonRetryable: true });
    scene.world.metrics = { diskFreeBytes: 256 * 1024 * 1024, diskTotalBytes: 100 * 1024 ** 3 };
    await scene.run(preflight);
    scene.world.metrics = { diskFreeBytes: 60, diskTotalBytes: 1_000 };
    await scene.run(preflight);
    delete scene.world.server(SECOND.name).upstream;
    expect(await scene.failureOf(preflight)).toMatchObject({ type: 'replica-not-streaming', nonRetryable: true });
    scene.world.server(SECOND.name).state = 'stopped';
    expect(await scene.failureOf(preflight)).toMatchObject({ type: 'replica-not-streaming', nonRetryable: true });
    scene.world.server(FIRST.name).state = 'stopped';
    expect(await scene.failureOf(preflight)).toMatchObject({ type: 'primary-not-answering', nonRetryable: false });
  }, 60_000);

  it('a replication that is not as it must be is told with the node, after it had time to become so', async () => {
    const [split, slow] = [new Scene(store, keys), new Scene(store, keys)];
    await Promise.all([serving(split), syncServing(slow)]);
    const verify: Call = (a, c, id) => a.verifyReplication(c, id(1), [id(2), id(3)]);
    split.world.server(SECOND.name).role = 'primary';
    const [writable, unconfirmed] = await Promise.all([split.failureOf(verify), slow.failureOf(verify)]);
    expect(writable).toMatchObject({ type: 'verification-failed', nonRetryable: false, details: [{ node: SECOND.name }] });
    expect(writable.message).toBe(`${SECOND.name} is writable too; it must be a replica of ${FIRST.name}.`);
    expect(unconfirmed.message).toBe(`0 replicas confirm the commits of ${FIRST.name}; 1 must.`);
    await slow.run((a, c, id) => a.applySyncPolicy(c, [id(1), id(2), id(3)]));
    await slow.run(verify);
  }, 60_000);

  it('a stop that took too long is not tried again', async () => {
    const scene = new Scene(store, keys);
    await serving(scene);
    scene.world.engineError = Object.assign(new Error('it serves again'), { name: 'StopTimedOut', nodeName: FIRST.name, logTail: ['waiting'] });
    expect(await scene.failureOf((a, c, id) => a.fencePrimary(c, id(1)))).toMatchObject({
      type: 'stop-timed-out',
      nonRetryable: true,
      details: [{ node: FIRST.name, outputTail: 'waiting' }],
    });
    expect(await scene.recorded()).toEqual([]);
  });

  it('a candidate that left recovery is stopped, one that did not stays', async () => {
    const scene = new Scene(store, keys);
    await fenced(scene);
    const retreat: Call = (a, c, id) => a.retreatFromPromotion(c, id(2));
    await scene.run(retreat);
    expect(scene.world.server(SECOND.name).state).toBe('running');
    scene.world.server(SECOND.name).role = 'primary';
    await scene.run(retreat);
    expect(scene.world.server(SECOND.name).state).toBe('stopped');
    scene.world.machines.delete(scene.id(2));
    await scene.run(retreat);
  });

  it('a candidate whose data was rewound is told', async () => {
    const scene = new Scene(store, keys);
    await serving(scene);
    scene.world.server(SECOND.name).role = 'primary';
    await scene.run((a, c, id) => a.restoreCandidate(c, id(2), id(1), []));
    expect((await scene.facts()).at(-1)).toMatchObject({ type: 'NodeRejoined', data: { way: 'rewind', upstreamId: scene.id(1) } });
  });

  it('what is gone keeps nothing for replicas and need not be stopped', async () => {
    const scene = new Scene(store, keys);
    await serving(scene);
    scene.world.machines.delete(scene.id(1));
    await scene.run((a, c, id) => a.releaseReplicas(c, id(1), [id(2)]));
    await scene.run((a, c, id) => a.stopNode(c, id(1)));
    scene.world.machines.delete(`${scene.clusterId}-endpoint`);
    await scene.run((a, c) => a.closeEndpoint(c));
    expect(scene.world.calls).toEqual([]);
  });

  it('an upstream that serves must give back what it keeps', async () => {
    const scene = new Scene(store, keys);
    await serving(scene);
    scene.world.engineError = Object.assign(new Error('no answer'), { name: 'NodeNotAnswering', nodeName: FIRST.name, logTail: [] });
    expect(await scene.failureOf((a, c, id) => a.releaseReplicas(c, id(1), [id(2)]))).toMatchObject({ type: 'node-not-answering', nonRetryable: false });
  });

  it('an engine and a provider that this worker does not have are refused by name', async () => {
    const scene = new Scene(store, keys);
    await scene.write(JSON.parse(JSON.stringify(await factsOf(scene)).replace('"postgresql"', '"mysql"')));
    expect(await scene.failureOf((a, c, id) => a.installEngine(c, id(1)))).toMatchObject({ type: 'engine-not-built', nonRetryable: true });
  });

  const factsOf = async (scene: Scene): Promise<unknown> => {
    const model = new Scene(store, keys);
    await model.requested();
    return JSON.parse(JSON.stringify((await model.facts()).map(({ type, data }) => ({ type, data }))).replaceAll(model.clusterId, scene.clusterId).replaceAll(model.operationId, scene.operationId));
  };
});

describe('the journal', () => {
  const started = (scene: Scene, step: string) => ({ type: 'StepStarted' as const, data: { operationId: scene.operationId, clusterId: scene.clusterId, step, attempt: 1 } });

  it('keeps each entry once, by its key, also when a call is repeated in part', async () => {
    const scene = new Scene(store, keys);
    const [a, b] = [{ key: 'one', event: started(scene, 'one') }, { key: 'two', event: started(scene, 'two') }];
    await scene.run((activities, context) => activities.appendJournal(context, [a]));
    await scene.run((activities, context) => activities.appendJournal(context, [a]));
    await scene.run((activities, context) => activities.appendJournal(context, [a, b]));
    await scene.run((activities, context) => activities.appendJournal(context, []));
    expect((await scene.journal()).map((fact) => [fact.type, fact.meta.step])).toEqual([['StepStarted', 'one'], ['StepStarted', 'two']]);
  });
  it('names the person who answered as the actor', async () => {
    const scene = new Scene(store, keys);
    const data = { operationId: scene.operationId, clusterId: scene.clusterId, step: 'one', verb: 'retry' as const, actor: 'token:ann' };
    await scene.run((activities, context) => activities.appendJournal(context, [{ key: 'answer', event: { type: 'OperatorAnswered', data } }]));
    expect((await scene.journal())[0]?.meta.actor).toBe('token:ann');
  });
  it('takes a second end for the first', async () => {
    const scene = new Scene(store, keys);
    await serving(scene);
    await scene.run((a, c) => a.endOperation(c, { type: 'OperationSucceeded', data: end(c) }));
    await scene.run((a, c) => a.endOperation(c, { type: 'OperationUndone', data: { ...end(c), step: 's', cause: 'c', undone: [] } }), 'another-step');
    expect(await scene.recorded()).toEqual(['OperationSucceeded']);
  });
});

describe('answers', () => {
  const answer = (scene: Scene) => ({
    operationId: scene.operationId,
    step: 'clone-data',
    verb: 'retry' as const,
    actor: 'token:admin',
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    nonce: 'n-1',
  });
  const check = (scene: Scene, signed: Parameters<AllActivities['verifyAnswer']>[1]) => scene.failureOf((a, c) => a.verifyAnswer(c, signed));

  it('count when the API signed them for this operation, in time', async () => {
    const scene = new Scene(store, keys);
    await scene.run((a, c) => a.verifyAnswer(c, keys.signer.sign(answer(scene))));
  });
  it('are refused otherwise', async () => {
    const scene = new Scene(store, keys);
    const refused = { type: 'answer-not-signed', nonRetryable: true };
    expect(await check(scene, { ...keys.signer.sign(answer(scene)), answer: { ...answer(scene), verb: 'skip' } })).toMatchObject(refused);
    expect(await check(scene, { answer: answer(scene), signature: '' })).toMatchObject(refused);
    expect(await check(scene, keys.signer.sign({ ...answer(scene), operationId: 'op-other' }))).toMatchObject(refused);
    expect(await check(scene, keys.signer.sign({ ...answer(scene), expiresAt: new Date(Date.now() - 1).toISOString() }))).toMatchObject(refused);
    expect(await check(scene, keys.signer.sign({ ...answer(scene), expiresAt: 'never' }))).toMatchObject(refused);
  });
});
