import type { ClusterNode, ExistingCluster } from '../../cluster/cluster.state.js';
import { MEMBERS_MIN } from '../../cluster/deployment.rules.js';
import type { OperationPlan } from '../../operation/operation-plan.js';
import { costOf } from '../cost.js';
import { minutes, ONLY_FORWARD, READ_ONLY, StepList } from '../plan-step.js';
import { subjectsOf } from '../subjects.js';
import { evenGroupWarnings } from './group-warnings.js';

/**
 * The plan of taking out a member that cannot say goodbye any more. That the group itself counts it no longer is what proves it lost:
 * whoever is out of reach only from here would still be counted.
 */
export const planRemoveLostMember = (cluster: ExistingCluster, node: ClusterNode): OperationPlan => {
  const rest = cluster.nodes.filter((other) => other.id !== node.id).map((other) => other.name);
  const steps = new StepList('possible')
    .step('preflight', { title: `Check that the others take writes, and that their group no longer counts ${node.name}.`, nodes: rest, deadlineMs: minutes(2), undo: READ_ONLY })
    .step('leave-endpoint', {
      title: `Lead no new client to ${node.name}.`,
      nodes: [node.name],
      deadlineMs: minutes(1),
      undo: { how: `Lead clients to ${node.name} again.` },
    })
    .pointOfNoReturn()
    .step('forget-member', { title: `Take ${node.name} from the lists of the others.`, nodes: rest, deadlineMs: minutes(5), undo: ONLY_FORWARD })
    .step('destroy-machine', { title: `Destroy what is left of the machine of ${node.name}, with its data.`, nodes: [node.name], deadlineMs: minutes(15), undo: ONLY_FORWARD })
    .step('publish', { title: 'Record that it is gone.', nodes: [node.name], deadlineMs: minutes(1), undo: ONLY_FORWARD });
  return {
    kind: 'remove-node',
    mode: 'multi-primary',
    steps: steps.steps,
    subjects: subjectsOf(cluster.nodes, (other) => other.id === node.id),
    nodesTouched: [node.name, ...rest],
    expectedWritePauseMs: 0,
    dataAtRisk: `What only ${node.name} has: transactions that were never acknowledged. The others keep their copies.`,
    costChange: costOf(cluster.provider, [node.plan], -1),
    warnings: [
      `${node.name} is taken for lost. Make sure that its machine is switched off for good: a server that comes back after this is no member, and the others refuse it as long as they can tell it by its address.`,
      ...warningsOf(rest.length),
    ],
    undo: 'Add a node: it gets a new name and a fresh copy.',
  };
};

const warningsOf = (left: number): string[] =>
  left < MEMBERS_MIN ? [`${left} members are left: the loss of one more stops the group. Add a node at once.`] : evenGroupWarnings(left);
