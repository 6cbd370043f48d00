import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, shards } from './lib/step-activities.js';
import { shardIn, shardsOf, targetIn } from './lib/subjects.js';

const ONLY_FORWARD = noUndo('It only goes forward.');

/**
 * Makes a replica the primary of its shard while the old one is healthy.
 *
 * The old primary pauses its clients until the replica has all that it wrote, and follows it then; the other shards do not notice.
 * Where the servers did so already, since the old primary had not answered for a while, the facts follow them.
 */
export const promoteInShard = (input: OperationWorkflowInput<'promote-node'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn }) => {
    const { clusterId, plan } = input;
    const { nodeId, shard } = targetIn(plan);
    const before = shardsOf(plan.subjects);
    const { primaryId: old, replicaIds } = shardIn(plan.subjects, shard);
    const taken = { primaryId: nodeId, replicaIds: [...replicaIds.filter((id) => id !== nodeId), old] };
    const after = before.map((each) => (each.primaryId === old ? taken : each));

    // The servers may have let the replica take over by themselves: then this only records it.
    await step('preflight', { do: (context) => shards.verifyShards(context, before, after), undo: noUndo('It only reads.') });
    await step('take-over', { do: (context) => shards.takeShardOver(context, nodeId, old), undo: (context) => shards.takeShardOver(context, old, nodeId) });

    pointOfNoReturn(); // From here clients know the new primary by the facts too.
    await step('publish', {
      do: (context) => cluster.recordFacts(context, [{ type: 'NodePromoted', data: { clusterId, nodeId, demotedId: old } }]),
      undo: ONLY_FORWARD,
    });
    await step('verify', { do: (context) => shards.verifyShards(context, after), undo: ONLY_FORWARD });
  });
