import { nextNodes } from '../cluster/node-identity.js';
import type { DeployClusterInput } from '../operation/operation-input.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { costOf } from './cost.js';
import { GOES_WITH_THE_MACHINE, hours, minutes, ONLY_FORWARD, READ_ONLY, StepList } from './plan-step.js';

/** The plan of a new cluster. The first node becomes the primary. */
export const planDeployCluster = (clusterId: string, input: DeployClusterInput): OperationPlan => {
  const nodes = nextNodes({ id: clusterId, engine: input.engine, nodesEverReserved: 0, nodes: [] }, input.nodes);
  const names = nodes.map((node) => node.name);
  const [primary, ...replicas] = names as [string, ...string[]];
  const steps = new StepList('none')
    .step('reserve-nodes', {
      title: `Reserve ${names.length === 1 ? 'the name of 1 node' : `the names of ${names.length} nodes`}.`,
      nodes: names,
      deadlineMs: minutes(1),
      undo: { how: 'Release the reservations.' },
    })
    .step('provision-machines', {
      title: `Create ${names.length} ${names.length === 1 ? 'machine' : 'machines'} and one for the endpoint.`,
      nodes: names,
      deadlineMs: minutes(15),
      undo: { how: 'Destroy the machines with everything on them.' },
    })
    .step('install-engine', {
      title: `Install ${input.engine} ${input.version}.`,
      nodes: names,
      deadlineMs: minutes(20),
      undo: GOES_WITH_THE_MACHINE,
    })
    .step('start-primary', { title: `Start ${primary} as the primary.`, nodes: [primary], deadlineMs: minutes(5), undo: { how: 'Destroy the generated passwords; the server goes with its machine.' } });
  if (replicas.length > 0) {
    steps.step('join-replicas', {
      title: `Copy the primary to ${replicas.join(', ')} and let them follow it.`,
      nodes: names,
      deadlineMs: hours(1),
      undo: GOES_WITH_THE_MACHINE,
    });
  }
  if (input.replication === 'sync') {
    steps.step('set-sync-policy', {
      title: 'Let commits wait for one replica.',
      nodes: names,
      deadlineMs: minutes(2),
      undo: GOES_WITH_THE_MACHINE,
    });
  }
  steps
    .step('open-endpoint', { title: 'Open the read-write and the read-only address.', nodes: [], deadlineMs: minutes(5), undo: { how: 'Close both addresses.' } })
    .step('verify', { title: 'Ask every server for its role and replication.', nodes: names, deadlineMs: minutes(5), undo: READ_ONLY })
    .pointOfNoReturn()
    .step('publish', { title: 'Declare the cluster running.', nodes: [], deadlineMs: minutes(1), undo: ONLY_FORWARD, writes: 'possible' });
  return {
    kind: 'deploy-cluster',
    steps: steps.steps,
    subjects: nodes.map((node, index) => ({ ...node, role: index === 0 ? 'primary' : 'replica', size: input.plan, target: true })),
    nodesTouched: names,
    expectedWritePauseMs: 0,
    dataAtRisk: 'Nothing: the cluster is new.',
    costChange: costOf(input.provider, names.map(() => input.plan), 1),
    warnings: warningsFor(input),
    undo: 'Delete the cluster.',
  };
};

const warningsFor = (input: DeployClusterInput): string[] => {
  const warnings: string[] = [];
  if (input.nodes === 1) warnings.push('One node: when it is lost, the data is lost with it. Add a node to be safe.');
  if (input.replication === 'sync' && input.nodes === 2) {
    warnings.push('Synchronous with one replica: while that replica is away, commits wait. Three nodes avoid this.');
  }
  return warnings;
};
