import { patched } from '@temporalio/workflow';
import type { ClusterEvent, OperationKind, PlanSubject } from '@holdfast/domain';
import type { OperationWorkflowInput, StepContext } from '../contracts/index.js';
import { inParallel } from './in-parallel.js';
import { noUndo, type Runbook } from './run-operation.js';
import { cluster, endpoint as endpoints, engine, machines } from './step-activities.js';
import { idsOf } from './subjects.js';

interface NewNodes {
  readonly subjects: readonly PlanSubject[];
  /** Whether a machine for the endpoint is made with them. */
  readonly endpoint: boolean;
}

/**
 * From a name to a machine with programs: the first steps of what makes nodes of a group or of shards. Undone, nothing of the nodes
 * is left; of a deployment not even the cluster, which was made when the operation was accepted.
 */
export const makeNodes = async (
  { step }: Pick<Runbook, 'step'>,
  { clusterId, kind }: OperationWorkflowInput<OperationKind>,
  { subjects, endpoint }: NewNodes,
): Promise<void> => {
  const ids = idsOf(subjects);
  const deploys = kind === 'deploy-cluster';
  await step('reserve-nodes', {
    do: (context) => cluster.recordFacts(context, reservations(clusterId, subjects)),
    undo: (context) => cluster.recordFacts(context, [...releases(clusterId, ids), ...(deploys ? [{ type: 'ClusterDiscarded' as const, data: { clusterId } }] : [])]),
    undoAlways: deploys,
  });
  await step('provision-machines', {
    do: (context) =>
      inParallel([...(endpoint ? [() => machines.provisionEndpoint(context)] : []), ...ids.map((id) => () => machines.provisionNode(context, id))], (create) => create()),
    undo: (context) =>
      inParallel([...(endpoint ? [() => machines.destroyEndpoint(context)] : []), ...ids.map((id) => () => machines.destroyNode(context, id))], (destroy) => destroy()),
  });
  await step('install-engine', { do: (context) => installPrograms(context, ids, endpoint), undo: noUndo('It goes with the machine.') });
};

/** On all machines at once. Operations of earlier versions install the endpoint's program when they open it. */
export const installPrograms = async (context: StepContext, nodeIds: readonly string[], withEndpoint: boolean): Promise<void> => {
  const installNodes = nodeIds.map((id) => () => engine.installEngine(context, id));
  const installEndpoint = withEndpoint && patched('endpoint-installed-with-nodes') ? [() => endpoints.installEndpoint(context)] : [];
  await inParallel([...installEndpoint, ...installNodes], (install) => install());
};

const reservations = (clusterId: string, subjects: readonly PlanSubject[]): ClusterEvent[] =>
  subjects.map(({ nodeId, name, ordinal, role, size, shard }) => ({
    type: 'NodeReserved',
    data: { clusterId, nodeId, name, ordinal, role, plan: size, ...(shard === undefined ? {} : { shard }) },
  }));

const releases = (clusterId: string, nodeIds: readonly string[]): ClusterEvent[] => nodeIds.map((nodeId) => ({ type: 'NodeReleased', data: { clusterId, nodeId } }));
