import type { ExistingCluster } from '../cluster/cluster.state.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { costOf } from './cost.js';
import { subjectsOf } from './subjects.js';
import { minutes, ONLY_FORWARD, StepList } from './plan-step.js';

/** The plan of the end: until the first machine is destroyed everything can be taken back. */
export const planDeleteCluster = (cluster: ExistingCluster): OperationPlan => {
  const names = cluster.nodes.map((node) => node.name);
  const steps = new StepList('none');
  if (cluster.mode !== 'sharded') {
    steps.step('close-endpoint', { title: 'Close the read-write and the read-only address.', nodes: [], deadlineMs: minutes(2), undo: { how: 'Open both addresses again.' } });
  }
  steps
    .step('stop-nodes', { title: `Stop ${names.join(', ')} in good order.`, nodes: names, deadlineMs: minutes(10), undo: { how: 'Start the nodes again.' } })
    .pointOfNoReturn()
    .step('destroy-machines', { title: 'Destroy the machines with their data.', nodes: names, deadlineMs: minutes(30), undo: ONLY_FORWARD })
    .step('destroy-secrets', { title: 'Destroy the passwords.', nodes: [], deadlineMs: minutes(1), undo: ONLY_FORWARD })
    .step('publish', { title: 'Record that the cluster is deleted; its name is free.', nodes: [], deadlineMs: minutes(1), undo: ONLY_FORWARD });
  return {
    kind: 'delete-cluster',
    ...(cluster.mode === 'multi-primary' || cluster.mode === 'sharded' ? { mode: cluster.mode } : {}),
    steps: steps.steps,
    subjects: subjectsOf(cluster.nodes, () => true),
    nodesTouched: names,
    expectedWritePauseMs: 0,
    dataAtRisk: `All data of ${cluster.name}.`,
    costChange: costOf(cluster.provider, cluster.nodes.map((node) => node.plan), -1),
    warnings: [`All data of ${cluster.name} is destroyed. No backup is kept: this version of Holdfast makes none.`],
    undo: 'None once the machines are destroyed.',
  };
};
