import type { ClusterEvent, PlanSubject } from '@holdfast/domain';
import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { deployGroup } from './deploy-cluster.multi-primary.js';
import { deployShards } from './deploy-cluster.sharded.js';
import { inParallel } from './lib/in-parallel.js';
import { installPrograms } from './lib/new-nodes.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, endpoint, engine, machines } from './lib/step-activities.js';
import { idsOf, primaryIn, replicasIn } from './lib/subjects.js';

const WITH_THE_MACHINE = noUndo('It goes with the machine.');

/** Follows the runbook of the plan's mode. */
export const deployCluster = (input: OperationWorkflowInput<'deploy-cluster'>): Promise<OperationWorkflowResult> => {
  switch (input.plan.mode) {
    case 'multi-primary':
      return deployGroup(input);
    case 'sharded':
      return deployShards(input);
    default:
      return deployReplicated(input);
  }
};

/**
 * Makes a new cluster: machines, servers, users, replication, and the two addresses that clients use.
 *
 * Nobody uses the cluster before `publish`. Whatever fails or is cancelled before it leaves no machine, process, port, file or
 * password, and the name is free again. Running it anew is always safe.
 */
const deployReplicated = (input: OperationWorkflowInput<'deploy-cluster'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn, plans }) => {
    const { clusterId, plan } = input;
    const all = idsOf(plan.subjects);
    const primary = primaryIn(plan).nodeId;
    const replicas = idsOf(replicasIn(plan));

    await step('reserve-nodes', {
      do: (context) => cluster.recordFacts(context, reservations(clusterId, plan.subjects)),
      // The last thing undone: with the reservations goes the cluster itself, which was made when the operation was accepted.
      undo: (context) => cluster.recordFacts(context, [...releases(clusterId, all), { type: 'ClusterDiscarded', data: { clusterId } }]),
      undoAlways: true,
    });

    await step('provision-machines', {
      do: (context) =>
        inParallel([() => machines.provisionEndpoint(context), ...all.map((id) => () => machines.provisionNode(context, id))], (create) => create()),
      undo: (context) =>
        inParallel([() => machines.destroyEndpoint(context), ...all.map((id) => () => machines.destroyNode(context, id))], (destroy) => destroy()),
    });

    await step('install-engine', { do: (context) => installPrograms(context, all, true), undo: WITH_THE_MACHINE });

    await step('start-primary', { do: (context) => engine.startPrimary(context, primary), undo: (context) => cluster.destroySecrets(context) });

    if (plans('join-replicas')) {
      await step('join-replicas', {
        do: async (context) => {
          await engine.reserveReplicas(context, primary, replicas);
          await inParallel(replicas, async (id) => {
            await engine.cloneReplica(context, id, primary);
            await engine.startReplica(context, id, primary);
          });
        },
        undo: WITH_THE_MACHINE,
      });
    }
    if (plans('set-sync-policy')) {
      await step('set-sync-policy', { do: (context) => engine.applySyncPolicy(context, all), undo: WITH_THE_MACHINE });
    }

    await step('open-endpoint', {
      do: (context) => endpoint.openEndpoint(context, { readWriteNodeId: primary, readOnlyNodeIds: replicas }),
      undo: (context) => endpoint.closeEndpoint(context),
    });
    await step('verify', { do: (context) => engine.verifyReplication(context, primary, replicas), undo: noUndo('It only reads.') });

    pointOfNoReturn(); // From here clients may have written: never torn down but by delete-cluster.
    await step('publish', {
      do: (context) => cluster.recordFacts(context, [{ type: 'ClusterDeployed', data: { clusterId } }]),
      undo: noUndo('It only goes forward.'),
    });
  });

const reservations = (clusterId: string, subjects: readonly PlanSubject[]): ClusterEvent[] =>
  subjects.map(({ nodeId, name, ordinal, role, size }) => ({ type: 'NodeReserved', data: { clusterId, nodeId, name, ordinal, role, plan: size } }));

const releases = (clusterId: string, nodeIds: readonly string[]): ClusterEvent[] =>
  nodeIds.map((nodeId) => ({ type: 'NodeReleased', data: { clusterId, nodeId } }));
