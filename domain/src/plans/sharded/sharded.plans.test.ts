import { CLUSTER_ID, deployInput, node } from '../../cluster/cluster.test-support.js';
import { planDeleteCluster } from '../delete-cluster.plan.js';
import { nameOf, nodeOf, pointOfNoReturn, serving, stepNames, stepOf, undoable } from '../plan.test-support.js';
import { planAddShard, planAddShardReplica } from './add-node.plan.js';
import { planDeployShards } from './deploy-cluster.plan.js';
import { planPromoteShardReplica } from './promote-node.plan.js';
import { planRemoveShard, planRemoveShardReplica } from './remove-node.plan.js';

const shape = (shards: number, replicasPerShard: number) => ({ mode: 'sharded', shards, replicasPerShard, nodes: shards * (1 + replicasPerShard) }) as const;
const deployed = (shards: number, replicas: number, replication: 'async' | 'sync' = 'async') => planDeployShards(CLUSTER_ID, { ...deployInput(), ...shape(shards, replicas), replication });

describe('the plan of shards', () => {
  it('has no endpoint, and places shard after shard', () => {
    const plan = deployed(3, 1);
    expect(stepNames(plan)).toEqual(['reserve-nodes', 'provision-machines', 'install-engine', 'start-nodes', 'form-cluster', 'verify', 'publish']);
    expect(plan.subjects.map(({ shard, role }) => `${shard} ${role}`)).toEqual(
      [1, 2, 3].flatMap((shard) => [`${shard} shard-primary`, `${shard} shard-replica`]),
    );
    expect(undoable(plan)).toEqual(['reserve-nodes', 'provision-machines', 'start-nodes']);
  });
  it('warns of shards without replicas, and of what the loss of the only one costs where it must confirm', () => {
    expect(deployed(3, 1).warnings).toEqual([]);
    expect(deployed(3, 0).warnings.join()).toContain('No replicas');
    expect(deployed(3, 1, 'sync').warnings).toEqual([expect.stringContaining('a shard takes no writes')]);
    expect(deployed(3, 2, 'sync').warnings).toEqual([]);
  });
});

describe('the plan of one node more', () => {
  const cluster = serving(shape(3, 1));
  it('copies the primary of its shard', () => {
    const plan = planAddShardReplica(cluster, 2, 'LARGE-4C-8G');
    expect(stepNames(plan)).toEqual(['reserve-nodes', 'provision-machines', 'install-engine', 'start-nodes', 'attach-replica', 'verify', 'publish']);
    expect(plan.nodesTouched).toEqual([nameOf(cluster, 3), node(7).name]);
    expect(plan.subjects.at(-1)).toMatchObject({ role: 'shard-replica', shard: 2, size: 'LARGE-4C-8G', target: true });
    expect(undoable(plan)).toContain('attach-replica');
  });
});

describe('the plan of one shard more', () => {
  it('has its replicas before it has data, and moves its share', () => {
    const plan = planAddShard(serving(shape(3, 1)), 'SMALL-1C-1G');
    expect(stepNames(plan)).toEqual(['reserve-nodes', 'provision-machines', 'install-engine', 'start-nodes', 'attach-replicas', 'move-slots', 'verify', 'publish']);
    expect(plan.subjects.slice(-2)).toMatchObject([{ shard: 4, role: 'shard-primary' }, { shard: 4, role: 'shard-replica' }]);
    expect(stepOf(plan, 'publish').title).toMatch(/ serve\.$/);
    expect(stepOf(plan, 'move-slots').title).toMatch(/^Move 4096 of 16384 slots to .*, evenly from .*, while clients write\.$/);
    expect(undoable(plan)).toContain('move-slots');
  });
  it('has no replicas where shards have none', () => {
    const bare = serving(shape(3, 0));
    expect(stepNames(planAddShard(bare, 'SMALL-1C-1G'))).not.toContain('attach-replicas');
    const { replicasPerShard: _, ...untold } = bare;
    expect(planAddShard(untold, 'SMALL-1C-1G').subjects).toHaveLength(4);
  });
});

describe('the plan of one node less', () => {
  it('can be taken back by a new copy', () => {
    const plan = (replicas: number) => planRemoveShardReplica(serving(shape(3, replicas)), nodeOf(serving(shape(3, replicas)), 2));
    expect(stepNames(plan(2))).toEqual(['preflight', 'leave-shard', 'destroy-machines', 'publish']);
    expect([pointOfNoReturn(plan(2)), undoable(plan(2))]).toEqual(['destroy-machines', ['leave-shard']]);
    expect(plan(2).dataAtRisk).toContain('keeps another beside');
    expect(plan(3).dataAtRisk).toContain('keeps 2 others beside');
  });
});

describe('the plan of one shard less', () => {
  const cluster = serving(shape(4, 1));
  const plan = planRemoveShard(cluster, 2);
  it('moves its data away before its nodes are forgotten', () => {
    expect(stepNames(plan)).toEqual(['preflight', 'drain-shard', 'forget-nodes', 'destroy-machines', 'publish']);
    expect([pointOfNoReturn(plan), undoable(plan)]).toEqual(['forget-nodes', ['drain-shard']]);
    expect(plan.subjects.filter((subject) => subject.target).map((subject) => subject.ordinal)).toEqual([3, 4]);
    expect(plan.nodesTouched).toEqual([3, 4, 1, 5, 7].map((ordinal) => nameOf(cluster, ordinal)));
  });
  it('says how much moves, as it was last known', () => {
    expect(stepOf(plan, 'drain-shard').title).toContain('shard 2 holds, about 4096 of 16384 slots, evenly');
    const known = { ...cluster, nodes: cluster.nodes.map((node) => (node.ordinal === 3 ? { ...node, slots: 5000 } : node)) };
    expect(stepOf(planRemoveShard(known, 2), 'drain-shard').title).toContain('shard 2 holds, 5000 of 16384 slots, evenly');
  });
});

describe('the plan of a switchover within a shard', () => {
  const cluster = serving(shape(3, 1));
  const plan = planPromoteShardReplica(cluster, nodeOf(cluster, 4));
  it('touches two nodes and pauses writes in one step', () => {
    expect(plan.nodesTouched).toEqual([nameOf(cluster, 4), nameOf(cluster, 3)]);
    expect(plan.steps.filter((step) => step.writes === 'paused').map((step) => step.name)).toEqual(['take-over']);
    expect(plan.expectedWritePauseMs).toBeGreaterThan(0);
  });
  it('warns of refused writes where a replica must confirm', () => {
    expect(plan.warnings).toEqual([]);
    expect(planPromoteShardReplica({ ...cluster, replication: 'sync' }, nodeOf(cluster, 4)).warnings).toEqual([expect.stringContaining('writes to shard 2 are refused')]);
  });
});

describe('the plan of the end of shards', () => {
  it('has no endpoint to close', () => {
    expect(stepNames(planDeleteCluster(serving(shape(3, 1))))).toEqual(['stop-nodes', 'destroy-machines', 'destroy-secrets', 'publish']);
  });
});
