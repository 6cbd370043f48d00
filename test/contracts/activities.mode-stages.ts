import type { AllActivities } from '@holdfast/activities';
import type { ShardOrder } from '@holdfast/workflows/contracts';
import { type Scene, THIRD } from './activities.harness.js';
import type { Call } from './activities.stages.js';

type Ids = Parameters<Call>[2];
type Row = readonly [keyof AllActivities, (scene: Scene) => Promise<void>, Call, readonly string[]];

const members = (scene: Scene): Promise<void> => scene.servingAs('multi-primary');
const losingOne = async (scene: Scene): Promise<void> => {
  await members(scene);
  scene.world.machines.delete(scene.id(3));
  scene.world.server(THIRD.name).state = 'stopped';
};
const futureMembers = (scene: Scene): Promise<void> => scene.installedAs('multi-primary');
const shards = (scene: Scene): Promise<void> => scene.servingAs('sharded');
const futureShards = (scene: Scene): Promise<void> => scene.installedAs('sharded');

const all = (id: Ids): string[] => [id(1), id(2), id(3)];
const orders = (id: Ids): ShardOrder[] => [1, 3, 5].map((primary) => ({ primaryId: id(primary), replicaIds: [id(primary + 1)] }));

/** Activities of the other modes, as `activities.test.ts` has those of one primary: how the cluster is before, the call, its facts. */
export const MODE_ACTIVITIES: readonly Row[] = [
  ['bootstrapGroup', futureMembers, (a, c, id) => a.bootstrapGroup(c, id(1), all(id)), ['MemberJoined']],
  ['joinGroup', futureMembers, (a, c, id) => a.joinGroup(c, id(2), all(id)), ['MemberJoined']],
  ['rememberMembers', members, (a, c, id) => a.rememberMembers(c, [id(1), id(2)], all(id)), []],
  ['leaveGroup', members, (a, c, id) => a.leaveGroup(c, id(3)), []],
  ['verifyGroup', members, (a, c, id) => a.verifyGroup(c, all(id)), []],
  ['preflightLeave', members, (a, c, id) => a.preflightLeave(c, [id(1), id(2)]), []],
  ['preflightLost', losingOne, (a, c, id) => a.preflightLost(c, id(3), [id(1), id(2)]), []],
  ['forgetLost', losingOne, (a, c, id) => a.forgetLost(c, [id(1), id(2)]), []],
  ['startGroup', members, (a, c, id) => a.startGroup(c, all(id)), []],
  ['startEmptyNode', futureShards, (a, c, id) => a.startEmptyNode(c, id(1)), []],
  ['formCluster', futureShards, (a, c, id) => a.formCluster(c, orders(id)), [...Array.from({ length: 6 }, () => 'ShardNodeJoined'), 'SlotsSpread']],
  ['attachReplica', shards, (a, c, id) => a.attachReplica(c, id(2), id(3)), ['ShardNodeJoined']],
  ['moveSlotsTo', shards, (a, c, id) => a.moveSlotsTo(c, id(5), [id(1), id(3)]), ['ShardNodeJoined', 'SlotsSpread']],
  ['drainShard', shards, (a, c, id) => a.drainShard(c, id(5), [id(1), id(3)]), ['SlotsSpread']],
  ['spreadSlots', shards, (a, c, id) => a.spreadSlots(c, [id(1), id(3), id(5)]), ['SlotsSpread']],
  ['forgetNodes', shards, (a, c, id) => a.forgetNodes(c, [id(6)], [id(1), id(2)]), []],
  ['takeShardOver', shards, (a, c, id) => a.takeShardOver(c, id(2), id(1)), []],
  ['verifyShards', shards, (a, c, id) => a.verifyShards(c, orders(id)), []],
  // What every mode has, by the driver of the mode.
  ['installEngine', futureMembers, (a, c, id) => a.installEngine(c, id(1)), ['NodeConfigured']],
  ['installEngine', futureShards, (a, c, id) => a.installEngine(c, id(1)), ['NodeConfigured']],
  ['stopNode', members, (a, c, id) => a.stopNode(c, id(3)), []],
  ['stopNode', shards, (a, c, id) => a.stopNode(c, id(6)), []],
  ['startNode', shards, (a, c, id) => a.startNode(c, id(6)), []],
];
