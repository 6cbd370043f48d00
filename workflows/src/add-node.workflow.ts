import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { addMember } from './add-node.multi-primary.js';
import { addToShards } from './add-node.sharded.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, endpoint, engine, machines } from './lib/step-activities.js';
import { idsOf, otherReplicasIn, primaryIn, targetIn } from './lib/subjects.js';

const WITH_THE_MACHINE = noUndo('It goes with the machine.');

/** Follows the runbook of the plan's mode. */
export const addNode = (input: OperationWorkflowInput<'add-node'>): Promise<OperationWorkflowResult> => {
  switch (input.plan.mode) {
    case 'multi-primary':
      return addMember(input);
    case 'sharded':
      return addToShards(input);
    default:
      return addReplica(input);
  }
};

/**
 * Adds one replica to a running cluster.
 *
 * Writes are never interrupted, the primary is not restarted, and no client can reach the new node before `publish`. When a step
 * fails or the operation is cancelled, the node goes away with everything on it, and the primary keeps nothing for it.
 */
const addReplica = (input: OperationWorkflowInput<'add-node'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn, plans }) => {
    const { clusterId, plan } = input;
    const primary = primaryIn(plan).nodeId;
    const others = idsOf(otherReplicasIn(plan));
    const { nodeId, name, ordinal, role, size } = targetIn(plan);

    await step('reserve-node', {
      do: (context) => cluster.recordFacts(context, [{ type: 'NodeReserved', data: { clusterId, nodeId, name, ordinal, role, plan: size } }]),
      undo: (context) => cluster.recordFacts(context, [{ type: 'NodeReleased', data: { clusterId, nodeId } }]),
    });
    await step('provision-machine', {
      do: (context) => machines.provisionNode(context, nodeId),
      undo: (context) => machines.destroyNode(context, nodeId),
    });
    await step('install-engine', { do: (context) => engine.installEngine(context, nodeId), undo: WITH_THE_MACHINE });

    await step('clone-data', {
      do: async (context) => {
        await engine.reserveReplicas(context, primary, [nodeId]);
        await engine.cloneReplica(context, nodeId, primary);
      },
      // A slot that nobody reads would fill the primary's disk.
      undo: (context) => engine.releaseReplicas(context, primary, [nodeId]),
    });
    await step('catch-up', { do: (context) => engine.startReplica(context, nodeId, primary), undo: WITH_THE_MACHINE });

    if (plans('set-sync-policy')) {
      await step('set-sync-policy', {
        do: (context) => engine.applySyncPolicy(context, [primary, ...others, nodeId]),
        undo: (context) => engine.applySyncPolicy(context, [primary, ...others]),
      });
    }
    await step('verify', { do: (context) => engine.verifyReplication(context, primary, [nodeId]), undo: noUndo('It only reads.') });

    pointOfNoReturn(); // From here readers may be connected to the node.
    await step('publish', {
      do: async (context) => {
        await endpoint.routeEndpoint(context, { readWriteNodeId: primary, readOnlyNodeIds: [...others, nodeId] });
        await cluster.recordFacts(context, [{ type: 'NodeAdded', data: { clusterId, nodeId } }]);
      },
      undo: noUndo('It only goes forward.'),
    });
  });
