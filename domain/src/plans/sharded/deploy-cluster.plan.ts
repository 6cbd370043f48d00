import type { Replication } from '../../catalogue/engine-capabilities.js';
import type { DeployClusterInput } from '../../operation/operation-input.js';
import type { OperationPlan } from '../../operation/operation-plan.js';
import { costOf } from '../cost.js';
import { makeNodes } from '../new-nodes.js';
import { GOES_WITH_THE_MACHINE, minutes, ONLY_FORWARD, READ_ONLY, StepList } from '../plan-step.js';
import { namesOf, newShards } from './shard-nodes.js';

/** The plan of a new sharded cluster. It has no endpoint: clients know its nodes, and each node tells them where a key lies. */
export const planDeployShards = (clusterId: string, input: DeployClusterInput & { readonly shards: number; readonly replicasPerShard: number }): OperationPlan => {
  const { shards, replicasPerShard: replicas, engine, version, plan: size } = input;
  const subjects = newShards({ id: clusterId, engine, nodesEverReserved: 0, nodes: [] }, { first: 1, shards, replicas, size });
  const names = namesOf(subjects);
  const steps = makeNodes(new StepList('none'), { names, engine, version, size, endpoint: false })
    .step('start-nodes', {
      title: 'Start every node empty, in cluster mode.',
      nodes: names,
      deadlineMs: minutes(10),
      undo: { how: 'Destroy the generated passwords; the servers go with their machines.' },
    })
    .step('form-cluster', {
      title: `Let the nodes meet, spread the slots over ${shards} shards, and attach the replicas.`,
      nodes: names,
      deadlineMs: minutes(15),
      undo: GOES_WITH_THE_MACHINE,
    })
    .step('verify', { title: 'Ask every node for its role, and whether all slots are served.', nodes: names, deadlineMs: minutes(5), undo: READ_ONLY })
    .pointOfNoReturn()
    .step('publish', { title: 'Declare the cluster running.', nodes: [], deadlineMs: minutes(1), undo: ONLY_FORWARD, writes: 'possible' });
  return {
    kind: 'deploy-cluster',
    mode: 'sharded',
    steps: steps.steps,
    subjects,
    nodesTouched: names,
    expectedWritePauseMs: 0,
    dataAtRisk: 'Nothing: the cluster is new.',
    costChange: costOf(input.provider, subjects.map((subject) => subject.size), 1),
    warnings: warningsOf(input),
    undo: 'Delete the cluster.',
  };
};

const warningsOf = ({ replicasPerShard, replication }: { readonly replicasPerShard: number; readonly replication: Replication }): string[] => {
  if (replicasPerShard === 0) return ['No replicas: when a node is lost, the data of its shard is lost with it.'];
  return replication === 'sync' && replicasPerShard === 1 ? ['One replica for each shard, and synchronous: while one of its two nodes is away, a shard takes no writes. With two replicas it does.'] : [];
};
