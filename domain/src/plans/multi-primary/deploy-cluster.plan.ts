import { nextNodes } from '../../cluster/node-identity.js';
import type { DeployClusterInput } from '../../operation/operation-input.js';
import type { OperationPlan } from '../../operation/operation-plan.js';
import { costOf } from '../cost.js';
import { makeNodes } from '../new-nodes.js';
import { GOES_WITH_THE_MACHINE, hours, minutes, ONLY_FORWARD, READ_ONLY, StepList } from '../plan-step.js';
import { evenGroupWarnings } from './group-warnings.js';

/** The plan of a new group in which every node takes writes. The first node begins the group, the others join it one after the other. */
export const planDeployGroup = (clusterId: string, input: DeployClusterInput): OperationPlan => {
  const nodes = nextNodes({ id: clusterId, engine: input.engine, nodesEverReserved: 0, nodes: [] }, input.nodes);
  const names = nodes.map((node) => node.name);
  const [first, ...others] = names as [string, ...string[]];
  const steps = makeNodes(new StepList('none'), { names, engine: input.engine, version: input.version, size: input.plan, endpoint: true })
    .step('bootstrap-group', {
      title: `Begin the group with ${first}.`,
      nodes: [first],
      deadlineMs: minutes(10),
      undo: { how: 'Destroy the generated passwords; the server goes with its machine.' },
    })
    .step('join-members', {
      title: `Let ${others.join(', ')} join, one after the other; each gets the group's state.`,
      nodes: names,
      deadlineMs: hours(1),
      undo: GOES_WITH_THE_MACHINE,
    })
    .step('open-endpoint', { title: 'Open the read-write and the read-only address.', nodes: [], deadlineMs: minutes(5), undo: { how: 'Close both addresses.' } })
    .step('verify', { title: 'Ask every member whether it takes writes and whom it sees.', nodes: names, deadlineMs: minutes(5), undo: READ_ONLY })
    .pointOfNoReturn()
    .step('publish', { title: 'Declare the cluster running.', nodes: [], deadlineMs: minutes(1), undo: ONLY_FORWARD, writes: 'possible' });
  return {
    kind: 'deploy-cluster',
    mode: 'multi-primary',
    steps: steps.steps,
    subjects: nodes.map((node) => ({ ...node, role: 'member', size: input.plan, target: true })),
    nodesTouched: names,
    expectedWritePauseMs: 0,
    dataAtRisk: 'Nothing: the cluster is new.',
    costChange: costOf(input.provider, names.map(() => input.plan), 1),
    warnings: evenGroupWarnings(names.length),
    undo: 'Delete the cluster.',
  };
};
