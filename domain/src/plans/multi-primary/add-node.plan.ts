import type { ExistingCluster } from '../../cluster/cluster.state.js';
import { nextNodes } from '../../cluster/node-identity.js';
import type { AddNodeInput } from '../../operation/operation-input.js';
import type { OperationPlan } from '../../operation/operation-plan.js';
import { costOf } from '../cost.js';
import { makeNodes } from '../new-nodes.js';
import { hours, minutes, ONLY_FORWARD, READ_ONLY, StepList } from '../plan-step.js';
import { subjectsOf } from '../subjects.js';
import { evenGroupWarnings } from './group-warnings.js';

/** The plan of one more member. The others take writes on and are not restarted. */
export const planAddMember = (cluster: ExistingCluster, input: AddNodeInput): OperationPlan => {
  const added = nextNodes(cluster, 1);
  const name = added.map((node) => node.name).join();
  const before = cluster.nodes.map((node) => node.name);
  const size = input.plan ?? cluster.plan;
  const steps = makeNodes(new StepList('possible'), { names: [name], engine: cluster.engine, version: cluster.version, size, endpoint: false })
    .step('remember-member', {
      title: `Tell the members of ${name}, so that each finds it after a restart.`,
      nodes: before,
      deadlineMs: minutes(5),
      undo: { how: 'Restore the former list.' },
    })
    .step('join-group', {
      title: `Let ${name} join; it gets the group's state.`,
      nodes: [...before, name],
      deadlineMs: hours(12),
      undo: { how: `Let ${name} leave, so that the group does not miss it.` },
    })
    .step('verify', { title: 'Ask every member whether it takes writes and whom it sees.', nodes: [...before, name], deadlineMs: minutes(5), undo: READ_ONLY })
    .pointOfNoReturn()
    .step('publish', { title: `Open the read-only address to ${name}.`, nodes: [name], deadlineMs: minutes(2), undo: ONLY_FORWARD });
  return {
    kind: 'add-node',
    mode: 'multi-primary',
    steps: steps.steps,
    subjects: [...subjectsOf(cluster.nodes, () => false), ...added.map((node) => ({ ...node, role: 'member' as const, size, target: true }))],
    nodesTouched: [...before, name],
    expectedWritePauseMs: 0,
    dataAtRisk: 'Nothing: existing members are only read.',
    costChange: costOf(cluster.provider, [size], 1),
    warnings: evenGroupWarnings(before.length + 1),
    undo: `Remove ${name}.`,
  };
};
