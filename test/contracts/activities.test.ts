import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { AnswerSigner } from '@holdfast/infra/temporal';
import type { AllActivities } from '@holdfast/activities';
import { startEventStoreServer, type EventStoreServer } from '../support/event-store-server.js';
import { Scene } from './activities.harness.js';
import { MODE_ACTIVITIES } from './activities.mode-stages.js';
import { deploying, end, fenced, installed, promoted, provisioned, serving, syncServing, type Call } from './activities.stages.js';

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

/** Name, how the cluster is before, the call, and the facts it records. */
const ACTIVITIES: readonly (readonly [keyof AllActivities, (scene: Scene) => Promise<void>, Call, readonly string[]])[] = [
  ['recordFacts', deploying, (a, c, id) => a.recordFacts(c, [{ type: 'NodeReleased', data: { clusterId: c.clusterId, nodeId: id(3) } }]), ['NodeReleased']],
  ['destroySecrets', serving, (a, c) => a.destroySecrets(c), []],
  ['provisionNode', deploying, (a, c, id) => a.provisionNode(c, id(2)), ['NodeProvisioned']],
  ['provisionEndpoint', deploying, (a, c) => a.provisionEndpoint(c), ['EndpointProvisioned']],
  ['destroyNode', serving, (a, c, id) => a.destroyNode(c, id(2)), []],
  ['destroyEndpoint', serving, (a, c) => a.destroyEndpoint(c), ['EndpointClosed']],
  ['installEngine', provisioned, (a, c, id) => a.installEngine(c, id(1)), ['NodeConfigured']],
  ['startPrimary', installed, (a, c, id) => a.startPrimary(c, id(1)), ['PrimaryStarted']],
  ['reserveReplicas', serving, (a, c, id) => a.reserveReplicas(c, id(2), [id(1), id(3)]), []],
  ['releaseReplicas', serving, (a, c, id) => a.releaseReplicas(c, id(1), [id(3)]), []],
  ['cloneReplica', installed, (a, c, id) => a.cloneReplica(c, id(2), id(1)), []],
  ['startReplica', installed, (a, c, id) => a.startReplica(c, id(2), id(1)), ['ReplicaJoined']],
  ['applySyncPolicy', syncServing, (a, c, id) => a.applySyncPolicy(c, [id(1), id(2), id(3)]), []],
  ['verifyReplication', serving, (a, c, id) => a.verifyReplication(c, id(1), [id(2), id(3)]), []],
  ['preflightPromotion', serving, (a, c, id) => a.preflightPromotion(c, id(2), id(1)), []],
  ['prepareSwitchover', serving, (a, c, id) => a.prepareSwitchover(c, id(2), id(1)), []],
  ['fencePrimary', serving, (a, c, id) => a.fencePrimary(c, id(1)), ['NodeFenced']],
  ['unfencePrimary', fenced, (a, c, id) => a.unfencePrimary(c, id(1)), ['NodeUnfenced']],
  ['waitForLogPosition', fenced, (a, c, id) => a.waitForLogPosition(c, id(2), '0/42'), []],
  ['promote', fenced, (a, c, id) => a.promote(c, id(2)), []],
  ['retreatFromPromotion', fenced, (a, c, id) => a.retreatFromPromotion(c, id(2)), []],
  ['restoreCandidate', serving, (a, c, id) => a.restoreCandidate(c, id(2), id(1), [id(1), id(3)]), []],
  ['repointReplicas', promoted, (a, c, id) => a.repointReplicas(c, id(2), [id(3)]), []],
  ['rejoinAsReplica', promoted, (a, c, id) => a.rejoinAsReplica(c, id(1), id(2)), ['NodeRejoined']],
  ['stopNode', serving, (a, c, id) => a.stopNode(c, id(3)), []],
  ['startNode', serving, (a, c, id) => a.startNode(c, id(3)), []],
  ['installEndpoint', provisioned, (a, c) => a.installEndpoint(c), []],
  ['openEndpoint', serving, (a, c, id) => a.openEndpoint(c, { readWriteNodeId: id(2), readOnlyNodeIds: [id(3)] }), ['EndpointRouted']],
  ['routeEndpoint', serving, (a, c, id) => a.routeEndpoint(c, { readWriteNodeId: id(1), readOnlyNodeIds: [id(3)] }), ['EndpointRouted']],
  ['closeEndpoint', serving, (a, c) => a.closeEndpoint(c), []],
  ...MODE_ACTIVITIES,
  ['endOperation', serving, (a, c) => a.endOperation(c, { type: 'OperationSucceeded', data: end(c) }), ['OperationSucceeded']],
];

describe('every activity', () => {
  it('is in this table', () => {
    expect([...new Set(ACTIVITIES.map(([name]) => name)), 'appendJournal', 'verifyAnswer'].sort()).toEqual(Object.keys(activitiesOf()).sort());
  });

  /** Runs it undisturbed and answers what it recorded and what the world then is, without the scene's own ids. */
  const undisturbed = async (before: (scene: Scene) => Promise<void>, call: Call): Promise<{ recorded: string[]; world: unknown }> => {
    const scene = new Scene(store, keys);
    await before(scene);
    const known = (await scene.recorded()).length;
    await scene.run(call);
    return { recorded: (await scene.recorded()).slice(known), world: worldOf(scene) };
  };

  it.each(ACTIVITIES)('%s does the same twice as once', async (_, before, call, facts) => {
    const once = await undisturbed(before, call);
    expect(once.recorded).toEqual(facts);
    const scene = new Scene(store, keys);
    await before(scene);
    const known = (await scene.recorded()).length;
    const first = await scene.run(call);
    expect(await scene.run(call)).toEqual(first);
    expect((await scene.recorded()).slice(known)).toEqual(facts);
    expect(worldOf(scene)).toEqual(once.world);
  });

  const recording = ACTIVITIES.filter(([, , , facts]) => facts.length > 0);
  it.each(recording.flatMap((row) => (['before', 'after'] as const).map((moment) => [row[0], moment, row] as const)))(
    '%s whose fact breaks %s the write is whole after one more try',
    async (_, moment, [, before, call, facts]) => {
      const once = await undisturbed(before, call);
      const scene = new Scene(store, keys);
      await before(scene);
      const known = (await scene.recorded()).length;
      scene.breakNextWrite(moment);
      expect(await scene.failureOf(call)).toMatchObject({ type: 'event-store-unavailable', nonRetryable: false });
      await scene.run(call);
      expect((await scene.recorded()).slice(known)).toEqual(facts);
      expect(worldOf(scene)).toEqual(once.world);
    },
  );

  // An end that is recorded already is no second effect, and the journal is not the cluster.
  it.each(ACTIVITIES.filter(([name]) => name !== 'endOperation'))('%s does nothing for an operation that has ended', async (_, before, call) => {
    const scene = new Scene(store, keys);
    await before(scene);
    await scene.run((a, c) => a.endOperation(c, { type: 'OperationSucceeded', data: end(c) }));
    const [facts, world] = [await scene.recorded(), worldOf(scene)];
    expect(await scene.failureOf(call)).toMatchObject({ type: 'lock-not-held', nonRetryable: true });
    expect([await scene.recorded(), worldOf(scene)]).toEqual([facts, world]);
  });

  const worldOf = (scene: Scene): unknown => JSON.parse(JSON.stringify(scene.world.snapshot()).replaceAll(scene.clusterId, 'CLUSTER'));
  const activitiesOf = (): AllActivities => {
    let all: AllActivities | undefined;
    void new Scene(store, keys).run(async (activities) => void (all = activities));
    if (all === undefined) throw new Error('There are no activities.');
    return all;
  };
});
