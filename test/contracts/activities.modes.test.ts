import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { AnswerSigner } from '@holdfast/infra/temporal';
import { startEventStoreServer, type EventStoreServer } from '../support/event-store-server.js';
import { FIRST, Scene, SECOND, THIRD } from './activities.harness.js';

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

/** A condition is watched for half a minute before it is given up. */
const WATCHED_MS = 45_000;

describe('a group', () => {
  const scene = async (): Promise<Scene> => {
    const made = new Scene(store, keys);
    await made.servingAs('multi-primary');
    return made;
  };

  it('starts no member alone', async () => {
    const group = await scene();
    expect(await group.failureOf((a, c, id) => a.startNode(c, id(1)))).toMatchObject({ type: 'started-as-group', nonRetryable: true });
  });
  it('lets nobody leave who is gone already', async () => {
    const group = await scene();
    group.world.machines.delete(group.id(3));
    await group.run((a, c, id) => a.leaveGroup(c, id(3)));
    expect(group.world.calls).toEqual([]);
  });
  it('starts only who served', async () => {
    const group = new Scene(store, keys);
    await group.installedAs('multi-primary');
    await group.run((a, c, id) => a.startGroup(c, [id(1), id(2), id(3)]));
    await group.run((a, c, id) => a.rememberMembers(c, [id(1), id(2)], [id(1), id(2)]));
    expect(group.world.calls).toEqual([]);
  });
  it.each([
    ['that is stopped', (group: Scene): void => void (group.world.server(THIRD.name).state = 'stopped'), `${THIRD.name} does not answer: connection refused.`],
    ['that takes no writes', (group: Scene): void => void (group.world.server(SECOND.name).role = 'replica'), `${SECOND.name} takes no writes: it is joining (as it is).`],
    ['that nobody knows', (group: Scene): void => group.world.joins('pg-stranger'), 'sees'],
  ] as const)(
    'is not verified with a member %s',
    async (_, disturb, message) => {
      const group = await scene();
      disturb(group);
      const failure = await group.failureOf((a, c, id) => a.verifyGroup(c, [id(1), id(2), id(3)]));
      expect(failure).toMatchObject({ type: 'verification-failed', nonRetryable: false });
      expect(failure.message).toContain(message);
    },
    WATCHED_MS,
  );
  it(
    'loses nobody whose loss would lose the quorum',
    async () => {
      const group = await scene();
      group.world.server(THIRD.name).state = 'stopped';
      expect(await group.failureOf((a, c, id) => a.preflightLeave(c, [id(1)]))).toMatchObject({ type: 'quorum-at-risk', message: `${FIRST.name} sees 2 members, of which only 1 stay.` });
      group.world.server(SECOND.name).state = 'stopped';
      expect(await group.failureOf((a, c, id) => a.preflightLeave(c, [id(1)]))).toMatchObject({ message: `${FIRST.name} has lost the majority of its group and refuses writes.` });
    },
    2 * WATCHED_MS,
  );
});

describe('shards', () => {
  const scene = async (): Promise<Scene> => {
    const made = new Scene(store, keys);
    await made.servingAs('sharded');
    return made;
  };
  const verified = (shards: Scene): Promise<unknown> => shards.failureOf((a, c, id) => a.verifyShards(c, [{ primaryId: id(1), replicaIds: [id(2)] }]));

  it.each([
    ['a slot that nobody serves', (shards: Scene): void => void (shards.world.lagBytes = 1), `${FIRST.name} does not see every slot served.`],
    ['a replica of another', (shards: Scene): void => void (shards.world.server(SECOND.name).upstream = THIRD.name), `${SECOND.name} copies ${THIRD.name}; it must copy ${FIRST.name}.`],
    ['a primary without slots', (shards: Scene): void => void (shards.world.server(FIRST.name).slots = 0), `${FIRST.name} is empty; it must be a primary with slots.`],
    ['a replica that is a primary', (shards: Scene): void => void delete shards.world.server(SECOND.name).upstream, `${SECOND.name} is empty; it must be a replica of ${FIRST.name}.`],
    ['a primary that is away', (shards: Scene): void => void (shards.world.server(FIRST.name).state = 'stopped'), `${FIRST.name} does not answer: connection refused.`],
  ] as const)(
    'are not verified with %s',
    async (_, disturb, message) => {
      const shards = await scene();
      disturb(shards);
      expect(await verified(shards)).toMatchObject({ type: 'verification-failed', nonRetryable: false, message });
    },
    WATCHED_MS,
  );
  it('forget and drain nothing that is gone', async () => {
    const shards = await scene();
    shards.world.machines.delete(shards.id(5));
    await shards.run((a, c, id) => a.drainShard(c, id(5), [id(1), id(3)]));
    await shards.run((a, c, id) => a.forgetNodes(c, [id(5)], [id(1), id(3)]));
    expect(shards.world.calls).toEqual([]);
  });
});

describe('a worker without the driver of a mode', () => {
  it('says so', async () => {
    const scene = new Scene(store, keys, { withModes: false });
    await scene.servingAs('sharded');
    expect(await scene.failureOf((a, c, id) => a.verifyShards(c, [{ primaryId: id(1), replicaIds: [] }]))).toMatchObject({ type: 'engine-not-built', message: 'This worker has no driver for postgresql in mode sharded.' });
    const group = new Scene(store, keys, { withModes: false });
    await group.servingAs('multi-primary');
    expect(await group.failureOf((a, c, id) => a.verifyGroup(c, [id(1)]))).toMatchObject({ type: 'engine-not-built', nonRetryable: true });
  });
});
