import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { AnswerSigner } from '@holdfast/infra/temporal';
import { startEventStoreServer, type EventStoreServer } from '../support/event-store-server.js';
import { fakeShards } from './activities.mode-fakes.js';
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

type Ask = Parameters<Scene['failureOf']>[0];

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
  it('tells its endpoint that all of its members take writes', async () => {
    const group = await scene();
    await group.run((a, c, id) => a.routeEndpoint(c, { readWriteNodeId: id(1), readOnlyNodeIds: [id(2), id(3)] }));
    expect(group.world.endpoint.routing).toMatchObject({ readWrite: { name: FIRST.name }, allTakeWrites: true });
  });
  it('lets nobody leave who is gone already', async () => {
    const group = await scene();
    group.world.machines.delete(group.id(3));
    await group.run((a, c, id) => a.leaveGroup(c, id(3)));
    expect(group.world.calls).toEqual([]);
  });
  it('takes nobody for lost who serves, and tells only those who do', async () => {
    const group = await scene();
    expect(await group.failureOf((a, c, id) => a.preflightLost(c, id(3), [id(1), id(2)]))).toMatchObject({ type: 'member-serves', nonRetryable: true });
    group.world.machines.delete(group.id(3));
    group.world.server(THIRD.name).state = 'stopped';
    await group.run((a, c, id) => a.preflightLost(c, id(3), [id(1), id(2)]));
    await group.run((a, c, id) => a.forgetLost(c, [id(1), id(2), id(3)]));
    expect(group.world.calls).toEqual([`remember ${FIRST.name}`, `remember ${SECOND.name}`]);
    expect(group.world.server(FIRST.name).remembers).toBe([FIRST.name, SECOND.name].sort().join());
  });
  it('starts only who served', async () => {
    const group = new Scene(store, keys);
    await group.installedAs('multi-primary');
    await group.run((a, c, id) => a.startGroup(c, [id(1), id(2), id(3)]));
    await group.run((a, c, id) => a.rememberMembers(c, [id(1), id(2)], [id(1), id(2)]));
    expect(group.world.calls).toEqual([]);
  });
  // Together: each is watched for half a minute.
  it(
    'is verified only whole, and loses nobody whose loss would lose the quorum',
    async () => {
      const verify: Ask = (a, c, id) => a.verifyGroup(c, [id(1), id(2), id(3)]);
      const lose: Ask = (a, c, id) => a.preflightLost(c, id(3), [id(1), id(2)]);
      // Out of reach from here, and from here alone.
      const hide = (group: Scene, ordinal: number): void => void group.world.machines.delete(group.id(ordinal));
      const leave: Ask = (a, c, id) => a.preflightLeave(c, [id(1)]);
      const stop = (group: Scene, ...names: string[]): void => names.forEach((name) => void (group.world.server(name).state = 'stopped'));
      const cases: readonly (readonly [(group: Scene) => void, Ask, string, string])[] = [
        [(group) => stop(group, THIRD.name), verify, 'verification-failed', `${FIRST.name} sees ${[FIRST.name, SECOND.name].sort().join(', ')}, not ${[FIRST.name, SECOND.name, THIRD.name].sort().join(', ')}.`],
        [(group) => stop(group, FIRST.name), verify, 'verification-failed', `${FIRST.name} does not answer: connection refused.`],
        [(group) => void (group.world.server(SECOND.name).role = 'replica'), verify, 'verification-failed', `${SECOND.name} takes no writes: it is joining (as it is).`],
        [(group) => stop(group, THIRD.name), leave, 'quorum-at-risk', `${FIRST.name} sees 2 members, of which only 1 stay.`],
        [(group) => stop(group, SECOND.name, THIRD.name), lose, 'quorum-lost', `Only 0 of 3 members take writes: ${FIRST.name} takes no writes (as it is), ${SECOND.name} does not answer.`],
        [(group) => hide(group, 3), lose, 'member-still-in-group', `${FIRST.name} still counts ${THIRD.name} in the group: it may be serving where only we do not reach it.`],
        [(group) => stop(group, SECOND.name, THIRD.name), leave, 'quorum-at-risk', `${FIRST.name} has lost the majority of its group and refuses writes.`],
      ];
      const failures = await Promise.all(
        cases.map(async ([disturb, ask]) => {
          const group = await scene();
          disturb(group);
          const { type, message, nonRetryable } = await group.failureOf(ask);
          return [type, message, nonRetryable];
        }),
      );
      expect(failures).toEqual(cases.map(([, , type, message]) => [type, message, false]));
    },
    WATCHED_MS,
  );
});

describe('shards', () => {
  const scene = async (): Promise<Scene> => {
    const made = new Scene(store, keys);
    await made.servingAs('sharded');
    return made;
  };

  it('begin with the rule of a commit that their cluster has', async () => {
    const rules = await Promise.all(
      (['sync', 'async'] as const).map(async (replication) => {
        const made = new Scene(store, keys);
        await made.installedAs('sharded', replication);
        await made.run((a, c, id) => a.startEmptyNode(c, id(1)));
        return made.world.server(FIRST.name).sync;
      }),
    );
    expect(rules).toEqual(['1 of its shard', '']);
  });

  it(
    'are verified only whole',
    async () => {
      const cases: readonly (readonly [(shards: Scene) => void, string])[] = [
        [({ world }) => void (world.lagBytes = 1), `${FIRST.name} does not see every slot served.`],
        [({ world }) => void (world.server(SECOND.name).upstream = THIRD.name), `${SECOND.name} copies 127.1.0.3:5432; it must copy ${FIRST.name}.`],
        [({ world }) => void (world.server(FIRST.name).slots = 0), `${FIRST.name} is empty; it must be a primary with slots.`],
        [({ world }) => void delete world.server(SECOND.name).upstream, `${SECOND.name} is empty; it must be a replica of ${FIRST.name}.`],
        [({ world }) => void (world.server(FIRST.name).state = 'stopped'), `${FIRST.name} does not answer: connection refused.`],
      ];
      const failures = await Promise.all(
        cases.map(async ([disturb]) => {
          const shards = await scene();
          disturb(shards);
          const { type, message, nonRetryable } = await shards.failureOf((a, c, id) => a.verifyShards(c, [{ primaryId: id(1), replicaIds: [id(2)] }]));
          return [type, message, nonRetryable];
        }),
      );
      expect(failures).toEqual(cases.map(([, message]) => ['verification-failed', message, false]));
    },
    WATCHED_MS,
  );
  it(
    'say who took a shard over by itself, and may be as either order says',
    async () => {
      const takenOver = async (): Promise<Scene> => {
        const shards = await scene();
        await fakeShards(shards.world).failOverWithinShard({ name: SECOND.name } as never, { name: FIRST.name } as never, {} as never, 1);
        return shards;
      };
      const [told, broken] = [await takenOver(), await takenOver()];
      const before = (id: (ordinal: number) => string) => [{ primaryId: id(1), replicaIds: [id(2)] }];
      const after = (id: (ordinal: number) => string) => [{ primaryId: id(2), replicaIds: [id(1)] }];
      await told.run((a, c, id) => a.verifyShards(c, before(id), after(id)));
      broken.world.lagBytes = 1;
      const sentence = `${FIRST.name} is a replica now: ${SECOND.name} took its shard over by itself. Promote ${SECOND.name}, and it is recorded.`;
      const failures = await Promise.all([told.failureOf((a, c, id) => a.verifyShards(c, before(id))), broken.failureOf((a, c, id) => a.verifyShards(c, before(id), after(id)))]);
      expect(failures).toMatchObject([{ type: 'verification-failed', message: sentence }, { type: 'verification-failed' }]);
    },
    WATCHED_MS,
  );
  it('forget and drain nothing that is gone or empty', async () => {
    const shards = await scene();
    shards.world.machines.delete(shards.id(5));
    await shards.run((a, c, id) => a.drainShard(c, id(5), [id(1), id(3)]));
    await shards.run((a, c, id) => a.forgetNodes(c, [id(5)], [id(1), id(3)]));
    expect(shards.world.calls).toEqual([]);
    shards.world.server(THIRD.name).slots = 0;
    await shards.run((a, c, id) => a.drainShard(c, id(3), [id(1)]));
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
