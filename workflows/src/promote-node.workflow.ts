import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { promoteInShard } from './promote-node.sharded.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, endpoint, engine } from './lib/step-activities.js';
import { idsOf, otherReplicasIn, primaryIn, replicasIn, targetIn } from './lib/subjects.js';

const READ_ONLY = noUndo('It only reads.');
const ONLY_FORWARD = noUndo('It only goes forward.');

/** Follows the runbook of the plan's mode. */
export const promoteNode = (input: OperationWorkflowInput<'promote-node'>): Promise<OperationWorkflowResult> =>
  input.plan.mode === 'sharded' ? promoteInShard(input) : promoteReplica(input);

/**
 * Makes a replica the primary while the old primary is healthy: a switchover.
 *
 * Clients wait from `fence-primary` to `switch-endpoint`, and no acknowledged row is lost: the old primary stops in good order, and
 * the new one begins only with all its log. Up to `promote` every step has a short deadline and takes everything back when it
 * fails or is late: the old primary serves again. At no time do clients reach two primaries.
 */
const promoteReplica = (input: OperationWorkflowInput<'promote-node'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn, plans }) => {
    const { clusterId, plan } = input;
    const old = primaryIn(plan).nodeId;
    const candidate = targetIn(plan).nodeId;
    const others = idsOf(otherReplicasIn(plan));
    const readers = idsOf(replicasIn(plan));

    await step('preflight', { do: (context) => engine.preflightPromotion(context, candidate, old), undo: READ_ONLY });

    await step('reserve-replicas', {
      do: (context) => engine.reserveReplicas(context, candidate, [...others, old]),
      // Runs after the old primary serves again, and lets a candidate that had left recovery follow it as before.
      undo: (context) => engine.restoreCandidate(context, candidate, old, [...others, old]),
    });
    await step('prepare-switchover', { do: (context) => engine.prepareSwitchover(context, candidate, old), undo: noUndo('It changes nothing that clients see.') });

    const stopped = await step('fence-primary', {
      do: async (context) => {
        // Held, new connections wait for the new primary instead of getting errors from the old one.
        await endpoint.routeEndpoint(context, { readOnlyNodeIds: readers });
        return engine.fencePrimary(context, old);
      },
      undo: async (context) => {
        await engine.unfencePrimary(context, old);
        await endpoint.routeEndpoint(context, { readWriteNodeId: old, readOnlyNodeIds: readers });
      },
    });
    await step('wait-for-log', { do: (context) => engine.waitForLogPosition(context, candidate, stopped.logPosition), undo: READ_ONLY });
    await step('promote', {
      do: (context) => engine.promote(context, candidate),
      // Before the old primary is started again, so that there are never two.
      undo: (context) => engine.retreatFromPromotion(context, candidate),
    });

    pointOfNoReturn(); // From here the new primary gets writes that the old one does not have.
    await step('switch-endpoint', {
      do: async (context) => {
        await endpoint.routeEndpoint(context, { readWriteNodeId: candidate, readOnlyNodeIds: others });
        await cluster.recordFacts(context, [{ type: 'NodePromoted', data: { clusterId, nodeId: candidate, demotedId: old } }]);
      },
      undo: ONLY_FORWARD,
    });
    if (plans('repoint-replicas')) {
      await step('repoint-replicas', { do: (context) => engine.repointReplicas(context, candidate, others), undo: ONLY_FORWARD });
    }
    await step('rejoin-old-primary', { do: (context) => engine.rejoinAsReplica(context, old, candidate), undo: ONLY_FORWARD });
    await step('verify', { do: (context) => engine.verifyReplication(context, candidate, [...others, old]), undo: ONLY_FORWARD });
    await step('publish', {
      do: (context) => endpoint.routeEndpoint(context, { readWriteNodeId: candidate, readOnlyNodeIds: [...others, old] }),
      undo: ONLY_FORWARD,
    });
  });
