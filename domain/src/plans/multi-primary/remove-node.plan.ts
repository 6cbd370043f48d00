import type { ClusterNode, ExistingCluster } from '../../cluster/cluster.state.js';
import type { OperationPlan } from '../../operation/operation-plan.js';
import { costOf } from '../cost.js';
import { minutes, ONLY_FORWARD, READ_ONLY, seconds, StepList } from '../plan-step.js';
import { subjectsOf } from '../subjects.js';
import { evenGroupWarnings } from './group-warnings.js';

/** The plan of one member less. The others take writes on. */
export const planRemoveMember = (cluster: ExistingCluster, node: ClusterNode): OperationPlan => {
  const rest = cluster.nodes.filter((other) => other.id !== node.id).map((other) => other.name);
  const steps = new StepList('possible')
    .step('preflight', { title: `Check that the others have a quorum without ${node.name}.`, nodes: rest, deadlineMs: seconds(60), undo: READ_ONLY })
    .step('leave-endpoint', {
      title: `Lead no new client to ${node.name}.`,
      nodes: [node.name],
      deadlineMs: minutes(1),
      undo: { how: `Lead clients to ${node.name} again.` },
    })
    .step('leave-group', {
      title: `Let ${node.name} leave the group and stop.`,
      nodes: [node.name],
      deadlineMs: minutes(5),
      undo: { how: `Let ${node.name} join again.` },
    })
    .pointOfNoReturn()
    .step('forget-member', { title: `Take ${node.name} from the lists of the others.`, nodes: rest, deadlineMs: minutes(5), undo: ONLY_FORWARD })
    .step('destroy-machine', { title: `Destroy the machine of ${node.name} with its data.`, nodes: [node.name], deadlineMs: minutes(15), undo: ONLY_FORWARD })
    .step('publish', { title: 'Record that it is gone.', nodes: [node.name], deadlineMs: minutes(1), undo: ONLY_FORWARD });
  return {
    kind: 'remove-node',
    mode: 'multi-primary',
    steps: steps.steps,
    subjects: subjectsOf(cluster.nodes, (other) => other.id === node.id),
    nodesTouched: [node.name, ...rest],
    expectedWritePauseMs: 0,
    dataAtRisk: `The copy on ${node.name}; the others keep theirs.`,
    costChange: costOf(cluster.provider, [node.plan], -1),
    warnings: [`Connections to ${node.name} are closed; clients reconnect through the endpoint.`, ...evenGroupWarnings(rest.length)],
    undo: 'Add a node: it gets a new name and a fresh copy.',
  };
};
