import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { removeMember } from './remove-node.multi-primary.js';
import { removeFromShards } from './remove-node.sharded.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, endpoint, engine, machines } from './lib/step-activities.js';
import { idsOf, otherReplicasIn, primaryIn, replicasIn, targetIn } from './lib/subjects.js';

const ONLY_FORWARD = noUndo('It only goes forward.');

/** Follows the runbook of the plan's mode. */
export const removeNode = (input: OperationWorkflowInput<'remove-node'>): Promise<OperationWorkflowResult> => {
  switch (input.plan.mode) {
    case 'multi-primary':
      return removeMember(input);
    case 'sharded':
      return removeFromShards(input);
    default:
      return removeReplica(input);
  }
};

/**
 * Takes one replica away for good; its data on that machine is destroyed.
 *
 * Writes are never interrupted. Until `release-replica` the node can come back as it was: afterwards the primary no longer keeps the
 * log that it would need.
 */
const removeReplica = (input: OperationWorkflowInput<'remove-node'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn, plans }) => {
    const { clusterId, plan } = input;
    const primary = primaryIn(plan).nodeId;
    const node = targetIn(plan).nodeId;
    const others = idsOf(otherReplicasIn(plan));
    const readers = idsOf(replicasIn(plan));

    await step('preflight', { do: (context) => engine.verifyReplication(context, primary, others), undo: noUndo('It only reads.') });
    await step('leave-endpoint', {
      do: (context) => endpoint.routeEndpoint(context, { readWriteNodeId: primary, readOnlyNodeIds: others }),
      undo: (context) => endpoint.routeEndpoint(context, { readWriteNodeId: primary, readOnlyNodeIds: readers }),
    });
    if (plans('leave-sync-policy')) {
      // Before the node stops: commits must not wait for it.
      await step('leave-sync-policy', {
        do: (context) => engine.applySyncPolicy(context, [primary, ...others]),
        undo: (context) => engine.applySyncPolicy(context, [primary, ...readers]),
      });
    }
    await step('stop-replica', { do: (context) => engine.stopNode(context, node), undo: (context) => engine.startNode(context, node) });

    pointOfNoReturn(); // Without its slot the node could not follow again.
    await step('release-replica', { do: (context) => engine.releaseReplicas(context, primary, [node]), undo: ONLY_FORWARD });
    await step('destroy-machine', { do: (context) => machines.destroyNode(context, node), undo: ONLY_FORWARD });
    await step('publish', { do: (context) => cluster.recordFacts(context, [{ type: 'NodeRemoved', data: { clusterId, nodeId: node } }]), undo: ONLY_FORWARD });
  });
