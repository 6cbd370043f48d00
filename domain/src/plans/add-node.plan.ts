import { nextNodes } from '../cluster/node-identity.js';
import { servingPrimaryOf, type ExistingCluster } from '../cluster/cluster.state.js';
import type { AddNodeInput } from '../operation/operation-input.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { costOf } from './cost.js';
import { subjectsOf } from './subjects.js';
import { GOES_WITH_THE_MACHINE, hours, minutes, ONLY_FORWARD, READ_ONLY, StepList } from './plan-step.js';

/** The plan of one more replica. The primary serves on and is not restarted. */
export const planAddNode = (cluster: ExistingCluster, input: AddNodeInput): OperationPlan => {
  const added = nextNodes(cluster, 1);
  const name = added.map((node) => node.name).join();
  const primary = servingPrimaryOf(cluster).name;
  const size = input.plan ?? cluster.plan;
  const steps = new StepList('possible')
    .step('reserve-node', { title: `Reserve the name ${name}.`, nodes: [name], deadlineMs: minutes(1), undo: { how: 'Release the reservation.' } })
    .step('provision-machine', {
      title: `Create a machine of size ${size}.`,
      nodes: [name],
      deadlineMs: minutes(15),
      undo: { how: 'Destroy the machine with everything on it.' },
    })
    .step('install-engine', { title: `Install ${cluster.engine} ${cluster.version}.`, nodes: [name], deadlineMs: minutes(20), undo: GOES_WITH_THE_MACHINE })
    .step('clone-data', {
      title: `Copy the data of ${primary} to ${name}.`,
      nodes: [primary, name],
      deadlineMs: hours(12),
      undo: { how: `Give back the replication slot on ${primary}; the copy goes with the machine.` },
    })
    .step('catch-up', { title: `Let ${name} follow ${primary} until it has caught up.`, nodes: [name], deadlineMs: hours(2), undo: GOES_WITH_THE_MACHINE });
  if (cluster.replication === 'sync') {
    steps.step('set-sync-policy', {
      title: `Let ${name} count among those that confirm commits.`,
      nodes: [...cluster.nodes.map((node) => node.name), name],
      deadlineMs: minutes(2),
      undo: { how: 'Restore the former list.' },
    });
  }
  steps
    .step('verify', { title: `Ask the servers whether ${name} streams.`, nodes: [primary, name], deadlineMs: minutes(5), undo: READ_ONLY })
    .pointOfNoReturn()
    .step('publish', { title: `Open the read-only address to ${name}.`, nodes: [name], deadlineMs: minutes(2), undo: ONLY_FORWARD });
  return {
    kind: 'add-node',
    steps: steps.steps,
    subjects: [...subjectsOf(cluster.nodes, () => false), ...added.map((node) => ({ ...node, role: 'replica' as const, size, target: true }))],
    nodesTouched: [primary, name],
    expectedWritePauseMs: 0,
    dataAtRisk: 'Nothing: existing nodes are only read.',
    costChange: costOf(cluster.provider, [size], 1),
    warnings: [],
    undo: `Remove ${name}.`,
  };
};
