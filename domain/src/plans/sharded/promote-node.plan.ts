import { traitsOf } from '../../catalogue/engines.js';
import { shardPrimariesOf, type ClusterNode, type ExistingCluster } from '../../cluster/cluster.state.js';
import type { OperationPlan } from '../../operation/operation-plan.js';
import { minutes, ONLY_FORWARD, READ_ONLY, seconds, StepList } from '../plan-step.js';
import { subjectsOf } from '../subjects.js';
import { namesOf } from './shard-nodes.js';

/** The plan of a switchover within one shard: the others do not notice, and clients learn the new primary from any node. */
export const planPromoteShardReplica = (cluster: ExistingCluster, candidate: ClusterNode): OperationPlan => {
  const old = namesOf(shardPrimariesOf(cluster).filter((node) => node.shard === candidate.shard)).join();
  const { name } = candidate;
  const steps = new StepList('possible')
    .step('preflight', {
      title: 'Check that all slots are served and every replica streams.',
      nodes: namesOf(cluster.nodes),
      deadlineMs: seconds(30),
      whenOverdue: 'undo',
      undo: READ_ONLY,
    })
    .step('take-over', {
      title: `Let ${name} take shard ${candidate.shard} over: ${old} pauses its clients until ${name} has all that it wrote.`,
      nodes: [old, name],
      deadlineMs: seconds(60),
      whenOverdue: 'undo',
      undo: { how: `Let ${old} take the shard over again.` },
      writes: 'paused',
    })
    .pointOfNoReturn()
    .step('publish', { title: `Record that ${name} is the primary of its shard.`, nodes: [name], deadlineMs: minutes(1), undo: ONLY_FORWARD })
    .step('verify', { title: 'Ask every node for its role, and whether all slots are served.', nodes: namesOf(cluster.nodes), deadlineMs: minutes(5), undo: ONLY_FORWARD });
  return {
    kind: 'promote-node',
    mode: 'sharded',
    steps: steps.steps,
    subjects: subjectsOf(cluster.nodes, (node) => node.id === candidate.id),
    nodesTouched: [name, old],
    expectedWritePauseMs: traitsOf(cluster.engine).switchoverPauseMs,
    dataAtRisk: `Nothing: ${name} takes over only with all that ${old} wrote.`,
    costChange: { perHourMicroUsd: 0, perMonthMicroUsd: 0 },
    warnings: cluster.replication === 'sync' ? [`For a moment after it, until a replica follows ${name}, writes to shard ${candidate.shard} are refused (NOREPLICAS).`] : [],
    undo: `Promote ${old} again.`,
  };
};
