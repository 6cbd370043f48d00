import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { inParallel } from './lib/in-parallel.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, endpoint, engine, machines } from './lib/step-activities.js';
import { idsOf, replicasIn } from './lib/subjects.js';

const ONLY_FORWARD = noUndo('It only goes forward.');

/**
 * Takes a cluster down with all its data.
 *
 * Clients are cut off first. Until `destroy-machines` begins, a cancel brings everything back; from then on the data is gone and
 * the operation is tried until nothing is left.
 */
export const deleteCluster = (input: OperationWorkflowInput<'delete-cluster'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn }) => {
    const { clusterId, plan } = input;
    const all = idsOf(plan.subjects);
    const replicas = idsOf(replicasIn(plan));
    // A cluster that was never deployed to its end may have none.
    const primaries = idsOf(plan.subjects.filter((subject) => subject.role === 'primary'));
    const [primary] = primaries;

    await step('close-endpoint', {
      do: (context) => endpoint.closeEndpoint(context),
      undo: (context) => endpoint.openEndpoint(context, { ...(primary === undefined ? {} : { readWriteNodeId: primary }), readOnlyNodeIds: replicas }),
    });
    await step('stop-nodes', {
      // The primary last: a replica without one would only look for it.
      do: async (context) => {
        await inParallel(replicas, (id) => engine.stopNode(context, id));
        await inParallel(primaries, (id) => engine.stopNode(context, id));
      },
      undo: async (context) => {
        await inParallel(primaries, (id) => engine.startNode(context, id));
        await inParallel(replicas, (id) => engine.startNode(context, id));
      },
    });

    pointOfNoReturn(); // From here data is destroyed.
    await step('destroy-machines', {
      do: (context) =>
        inParallel([() => machines.destroyEndpoint(context), ...all.map((id) => () => machines.destroyNode(context, id))], (destroy) => destroy()),
      undo: ONLY_FORWARD,
    });
    await step('destroy-secrets', { do: (context) => cluster.destroySecrets(context), undo: ONLY_FORWARD });
    await step('publish', { do: (context) => cluster.recordFacts(context, [{ type: 'ClusterDeleted', data: { clusterId } }]), undo: ONLY_FORWARD });
  });
