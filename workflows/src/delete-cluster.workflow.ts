import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { inParallel } from './lib/in-parallel.js';
import { noUndo, runOperation, type StepWork } from './lib/run-operation.js';
import { cluster, endpoint, engine, group, machines } from './lib/step-activities.js';
import { groupRouting, idsOf, replicasIn } from './lib/subjects.js';

const ONLY_FORWARD = noUndo('It only goes forward.');

/**
 * Takes a cluster down with all its data.
 *
 * Clients are cut off first. Until `destroy-machines` begins, a cancel brings everything back; from then on the data is gone and
 * the operation is tried until nothing is left.
 */
export const deleteCluster = (input: OperationWorkflowInput<'delete-cluster'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn, plans }) => {
    const { clusterId, plan } = input;
    const all = idsOf(plan.subjects);
    const replicas = idsOf(replicasIn(plan));
    // A cluster that was never deployed to its end may have none.
    const primaries = idsOf(plan.subjects.filter((subject) => subject.role === 'primary' || subject.role === 'shard-primary'));
    const [primary] = primaries;

    if (plans('close-endpoint')) {
      await step('close-endpoint', {
        do: (context) => endpoint.closeEndpoint(context),
        undo: (context) => endpoint.openEndpoint(context, plan.mode === 'multi-primary' ? groupRouting(all) : { ...(primary === undefined ? {} : { readWriteNodeId: primary }), readOnlyNodeIds: replicas }),
      });
    }
    await step('stop-nodes', plan.mode === 'multi-primary' ? stopGroup(all) : stopServers(primaries, replicas));

    pointOfNoReturn(); // From here data is destroyed.
    await step('destroy-machines', {
      do: (context) =>
        inParallel([() => machines.destroyEndpoint(context), ...all.map((id) => () => machines.destroyNode(context, id))], (destroy) => destroy()),
      undo: ONLY_FORWARD,
    });
    await step('destroy-secrets', { do: (context) => cluster.destroySecrets(context), undo: ONLY_FORWARD });
    await step('publish', { do: (context) => cluster.recordFacts(context, [{ type: 'ClusterDeleted', data: { clusterId } }]), undo: ONLY_FORWARD });
  });

const stopServers = (primaries: readonly string[], replicas: readonly string[]): StepWork<void> => ({
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

const stopGroup = (members: readonly string[]): StepWork<void> => ({
  // One after the other: the last to stop has everything, and begins the group when it is started again.
  do: async (context) => {
    for (const id of members) await engine.stopNode(context, id);
  },
  undo: (context) => group.startGroup(context, members),
});
