import { shardPrimariesOf, type ClusterNode, type ExistingCluster } from '../../cluster/cluster.state.js';
import type { OperationPlan } from '../../operation/operation-plan.js';
import { costOf } from '../cost.js';
import { hours, minutes, ONLY_FORWARD, READ_ONLY, seconds, StepList } from '../plan-step.js';
import { subjectsOf } from '../subjects.js';
import { namesOf } from './shard-nodes.js';
import { shareOfShard } from './slot-shares.js';

/** The plan of one replica of a shard less. */
export const planRemoveShardReplica = (cluster: ExistingCluster, node: ClusterNode): OperationPlan => {
  const rest = cluster.nodes.filter((other) => other.id !== node.id);
  const left = rest.filter((other) => other.shard === node.shard).length - 1;
  const steps = checked(rest).step('leave-shard', {
    title: `Let every node forget ${node.name}.`,
    nodes: namesOf(cluster.nodes),
    deadlineMs: minutes(5),
    undo: { how: `Let ${node.name} copy its shard again.` },
  });
  return {
    ...removed(cluster, steps, [node]),
    nodesTouched: namesOf(cluster.nodes),
    dataAtRisk: `The copy on ${node.name}; its shard keeps ${left === 1 ? 'another' : `${left} others`} beside its primary.`,
    warnings: [],
    undo: `Add a node to shard ${node.shard}: it gets a new name and a fresh copy.`,
  };
};

/** The plan of one shard less: its data moves to the others while clients write, then its nodes go. */
export const planRemoveShard = (cluster: ExistingCluster, shard: number): OperationPlan => {
  const gone = cluster.nodes.filter((node) => node.shard === shard);
  const rest = cluster.nodes.filter((node) => node.shard !== shard);
  const primaries = shardPrimariesOf(cluster);
  const share = shareOfShard(primaries.length, primaries.find((node) => node.shard === shard)?.slots);
  const steps = checked(cluster.nodes)
    .step('drain-shard', {
      title: `Move all that shard ${shard} holds, ${share}, evenly to the other shards while clients write.`,
      nodes: namesOf(primaries),
      deadlineMs: hours(24),
      undo: { how: 'Spread the slots evenly over all shards again.' },
    })
    .pointOfNoReturn()
    .step('forget-nodes', { title: `Let every node forget ${namesOf(gone).join(', ')}.`, nodes: namesOf(cluster.nodes), deadlineMs: minutes(5), undo: ONLY_FORWARD });
  return {
    ...removed(cluster, steps, gone),
    nodesTouched: [...namesOf(gone), ...namesOf(shardPrimariesOf({ ...cluster, nodes: rest }))],
    dataAtRisk: 'Nothing: the shard is empty before its machines are destroyed.',
    warnings: ['The other shards must have room in memory for what this one holds.', 'While slots move, commands on keys that move are redirected once more, so they take longer.'],
    undo: 'Add a new shard.',
  };
};

const checked = (nodes: readonly ClusterNode[]): StepList =>
  new StepList('possible').step('preflight', { title: 'Check that all slots are served and every replica streams.', nodes: namesOf(nodes), deadlineMs: seconds(60), undo: READ_ONLY });

const removed = (cluster: ExistingCluster, steps: StepList, gone: readonly ClusterNode[]) => {
  const names = namesOf(gone);
  steps
    .pointOfNoReturn()
    .step('destroy-machines', { title: `Destroy the ${names.length === 1 ? 'machine' : 'machines'} of ${names.join(', ')}.`, nodes: names, deadlineMs: minutes(15), undo: ONLY_FORWARD })
    .step('publish', { title: `Record that ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} gone.`, nodes: names, deadlineMs: minutes(1), undo: ONLY_FORWARD });
  return {
    kind: 'remove-node' as const,
    mode: 'sharded' as const,
    steps: steps.steps,
    subjects: subjectsOf(cluster.nodes, (node) => gone.includes(node)),
    expectedWritePauseMs: 0,
    costChange: costOf(cluster.provider, gone.map((node) => node.plan), -1),
  };
};
