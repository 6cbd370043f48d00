import { servingPrimaryOf, type ClusterNode, type ExistingCluster } from '../cluster/cluster.state.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { costOf } from './cost.js';
import { subjectsOf } from './subjects.js';
import { minutes, ONLY_FORWARD, READ_ONLY, seconds, StepList } from './plan-step.js';

/** The plan of one replica less. */
export const planRemoveNode = (cluster: ExistingCluster, node: ClusterNode): OperationPlan => {
  const primary = servingPrimaryOf(cluster).name;
  const rest = cluster.nodes.filter((other) => other.id !== node.id).map((other) => other.name);
  const steps = new StepList('possible')
    .step('preflight', { title: `Check that the others serve without ${node.name}.`, nodes: rest, deadlineMs: seconds(60), undo: READ_ONLY })
    .step('leave-endpoint', {
      title: `Lead no new reader to ${node.name}.`,
      nodes: [node.name],
      deadlineMs: minutes(1),
      undo: { how: `Open the read-only address to ${node.name} again.` },
    });
  if (cluster.replication === 'sync') {
    steps.step('leave-sync-policy', {
      title: `Take ${node.name} from those that confirm commits.`,
      nodes: rest,
      deadlineMs: minutes(2),
      undo: { how: 'Restore the former list.' },
    });
  }
  steps
    .step('stop-replica', { title: `Stop ${node.name}.`, nodes: [node.name], deadlineMs: minutes(5), undo: { how: `Start ${node.name} again.` } })
    .pointOfNoReturn()
    .step('release-replica', { title: `Give back what ${primary} keeps for ${node.name}.`, nodes: [primary], deadlineMs: minutes(2), undo: ONLY_FORWARD })
    .step('destroy-machine', { title: `Destroy the machine of ${node.name} with its data.`, nodes: [node.name], deadlineMs: minutes(15), undo: ONLY_FORWARD })
    .step('publish', { title: 'Record that it is gone.', nodes: [node.name], deadlineMs: minutes(1), undo: ONLY_FORWARD });
  const replicasLeft = rest.length - 1;
  return {
    kind: 'remove-node',
    steps: steps.steps,
    subjects: subjectsOf(cluster.nodes, (other) => other.id === node.id),
    nodesTouched: [node.name, primary],
    expectedWritePauseMs: 0,
    dataAtRisk: `The copy on ${node.name}; the others keep theirs.`,
    costChange: costOf(cluster.provider, [node.plan], -1),
    warnings: warningsFor(cluster, replicasLeft),
    undo: 'Add a node: it gets a new name and a fresh copy.',
  };
};

const warningsFor = (cluster: ExistingCluster, replicasLeft: number): string[] => {
  if (replicasLeft === 0) return ['One node is left: when it is lost, the data is lost with it.'];
  if (replicasLeft === 1 && cluster.replication === 'sync') return ['One synchronous replica is left: while it is away, commits wait.'];
  return [];
};
