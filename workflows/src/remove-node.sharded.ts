import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { inParallel } from './lib/in-parallel.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, machines, shards } from './lib/step-activities.js';
import { idsOf, othersIn, shardIn, shardsOf, targetIn, targetsIn } from './lib/subjects.js';

const ONLY_FORWARD = noUndo('It only goes forward.');

/**
 * Takes one replica of a shard away, or a whole shard, whose data moves to the others first while clients write.
 *
 * A replica can come back by a new copy until its machine is destroyed; a shard gets its slots back until its nodes are forgotten,
 * which happens only once it serves none.
 */
export const removeFromShards = (input: OperationWorkflowInput<'remove-node'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn, plans }) => {
    const { clusterId, plan } = input;
    const gone = idsOf(targetsIn(plan));
    const others = idsOf(othersIn(plan));
    const { nodeId, shard } = targetIn(plan);
    const { primaryId } = shardIn(plan.subjects, shard);
    const wholeShard = plans('drain-shard');

    // A shard that is drained must be whole; a replica that goes need not stream.
    await step('preflight', { do: (context) => shards.verifyShards(context, shardsOf(wholeShard ? plan.subjects : othersIn(plan))), undo: noUndo('It only reads.') });
    if (wholeShard) {
      const primaries = shardsOf(plan.subjects).map((each) => each.primaryId);
      await step('drain-shard', {
        do: (context) => shards.drainShard(context, primaryId, primaries.filter((id) => id !== primaryId)),
        undo: (context) => shards.spreadSlots(context, primaries),
      });
    } else {
      await step('leave-shard', {
        do: (context) => shards.forgetNodes(context, [nodeId], others),
        undo: (context) => shards.attachReplica(context, nodeId, primaryId),
      });
    }

    pointOfNoReturn(); // From here the nodes are given up.
    if (wholeShard) await step('forget-nodes', { do: (context) => shards.forgetNodes(context, gone, others), undo: ONLY_FORWARD });
    await step('destroy-machines', { do: (context) => inParallel(gone, (id) => machines.destroyNode(context, id)), undo: ONLY_FORWARD });
    await step('publish', {
      do: (context) => cluster.recordFacts(context, gone.map((id) => ({ type: 'NodeRemoved', data: { clusterId, nodeId: id } }))),
      undo: ONLY_FORWARD,
    });
  });
