import { shardPrimariesOf, type ExistingCluster } from '../../cluster/cluster.state.js';
import { nextNodes } from '../../cluster/node-identity.js';
import type { OperationPlan, PlanSubject } from '../../operation/operation-plan.js';
import { costOf } from '../cost.js';
import { makeNodes } from '../new-nodes.js';
import { GOES_WITH_THE_MACHINE, hours, minutes, ONLY_FORWARD, READ_ONLY, StepList } from '../plan-step.js';
import { subjectsOf } from '../subjects.js';
import { namesOf, newShards } from './shard-nodes.js';
import { shareOfNewShard } from './slot-shares.js';

/** The plan of one more replica of a shard. */
export const planAddShardReplica = (cluster: ExistingCluster, shard: number, size: string): OperationPlan => {
  const added = nextNodes(cluster, 1).map((node) => ({ ...node, role: 'shard-replica' as const, shard, size, target: true }));
  const name = namesOf(added).join();
  const primary = namesOf(shardPrimariesOf(cluster).filter((node) => node.shard === shard)).join();
  const steps = begin(cluster, added, size)
    .step('attach-replica', {
      title: `Let ${name} copy ${primary} until it has caught up.`,
      nodes: [primary, name],
      deadlineMs: hours(12),
      undo: { how: `Let every node forget ${name}.` },
    });
  return {
    ...finish(cluster, steps, added),
    nodesTouched: [primary, name],
    dataAtRisk: 'Nothing: existing nodes are only read.',
    warnings: [],
    undo: `Remove ${name}.`,
  };
};

/** The plan of one more shard, which takes its share of the data while clients write. */
export const planAddShard = (cluster: ExistingCluster, size: string): OperationPlan => {
  const primaries = shardPrimariesOf(cluster);
  const number = Math.max(...primaries.map((node) => Number(node.shard))) + 1;
  const replicas = cluster.replicasPerShard ?? 0;
  const added = newShards(cluster, { first: number, shards: 1, replicas, size });
  const [primary, ...others] = namesOf(added) as [string, ...string[]];
  const steps = begin(cluster, added, size);
  if (others.length > 0) {
    steps.step('attach-replicas', { title: `Let ${others.join(', ')} follow ${primary}.`, nodes: [primary, ...others], deadlineMs: minutes(15), undo: GOES_WITH_THE_MACHINE });
  }
  steps.step('move-slots', {
    title: `Move ${shareOfNewShard(primaries.length)} to ${primary}, evenly from ${namesOf(primaries).join(', ')}, while clients write.`,
    nodes: [...namesOf(primaries), primary],
    deadlineMs: hours(24),
    undo: { how: `Move the slots back, and let every node forget shard ${number}.` },
  });
  return {
    ...finish(cluster, steps, added),
    nodesTouched: [...namesOf(primaries), ...namesOf(added)],
    dataAtRisk: 'Nothing: a slot is served by one node at any time.',
    warnings: ['While slots move, commands on keys that move are redirected once more, so they take longer.'],
    undo: `Remove ${primary} with its whole shard.`,
  };
};

const begin = (cluster: ExistingCluster, added: readonly PlanSubject[], size: string): StepList =>
  makeNodes(new StepList('possible'), { names: namesOf(added), engine: cluster.engine, version: cluster.version, size, endpoint: false }).step('start-nodes', {
    title: `Start ${namesOf(added).join(', ')} empty, in cluster mode.`,
    nodes: namesOf(added),
    deadlineMs: minutes(10),
    undo: GOES_WITH_THE_MACHINE,
  });

const finish = (cluster: ExistingCluster, steps: StepList, added: readonly PlanSubject[]) => {
  const all = [...namesOf(cluster.nodes), ...namesOf(added)];
  steps
    .step('verify', { title: 'Ask every node for its role, and whether all slots are served.', nodes: all, deadlineMs: minutes(5), undo: READ_ONLY })
    .pointOfNoReturn()
    .step('publish', { title: `Record that ${namesOf(added).join(', ')} ${added.length === 1 ? 'serves' : 'serve'}.`, nodes: namesOf(added), deadlineMs: minutes(1), undo: ONLY_FORWARD });
  return {
    kind: 'add-node' as const,
    mode: 'sharded' as const,
    steps: steps.steps,
    subjects: [...subjectsOf(cluster.nodes, () => false), ...added],
    expectedWritePauseMs: 0,
    costChange: costOf(cluster.provider, added.map((subject) => subject.size), 1),
  };
};
