import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { inParallel } from './lib/in-parallel.js';
import { makeNodes } from './lib/new-nodes.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, shards } from './lib/step-activities.js';
import { idsOf, othersIn, shardIn, shardsOf, targetIn, targetsIn } from './lib/subjects.js';

const WITH_THE_MACHINE = noUndo('It goes with the machine.');

/**
 * Adds one replica to a shard, or one more shard, which takes its share of the data while clients write.
 *
 * A slot is served by one node at any time. When a step fails or the operation is cancelled, slots that moved go back, every node
 * forgets the new ones, and their machines go.
 */
export const addToShards = (input: OperationWorkflowInput<'add-node'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn, plans }) => {
    const { clusterId, plan } = input;
    const added = idsOf(targetsIn(plan));
    const others = idsOf(othersIn(plan));
    const { nodeId, shard } = targetIn(plan);
    const { primaryId, replicaIds } = shardIn(plan.subjects, shard);
    const primaries = shardsOf(othersIn(plan)).map((other) => other.primaryId);

    await makeNodes({ step }, input, { subjects: targetsIn(plan), endpoint: false });
    await step('start-nodes', { do: (context) => inParallel(added, (id) => shards.startEmptyNode(context, id)), undo: WITH_THE_MACHINE });

    if (plans('attach-replica')) {
      await step('attach-replica', {
        do: (context) => shards.attachReplica(context, nodeId, primaryId),
        undo: (context) => shards.forgetNodes(context, added, others),
      });
    }
    if (plans('attach-replicas')) {
      // Before it gets slots: what it holds is never on one node alone.
      await step('attach-replicas', { do: (context) => inParallel(replicaIds, (id) => shards.attachReplica(context, id, primaryId)), undo: WITH_THE_MACHINE });
    }
    if (plans('move-slots')) {
      await step('move-slots', {
        do: (context) => shards.moveSlotsTo(context, primaryId, primaries),
        undo: async (context) => {
          await shards.drainShard(context, primaryId, primaries);
          await shards.forgetNodes(context, added, others);
        },
      });
    }
    await step('verify', { do: (context) => shards.verifyShards(context, shardsOf(plan.subjects)), undo: noUndo('It only reads.') });

    pointOfNoReturn(); // From here clients may be connected to the nodes.
    await step('publish', {
      do: (context) => cluster.recordFacts(context, added.map((id) => ({ type: 'NodeAdded', data: { clusterId, nodeId: id } }))),
      undo: noUndo('It only goes forward.'),
    });
  });
