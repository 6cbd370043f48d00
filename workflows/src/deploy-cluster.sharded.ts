import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { inParallel } from './lib/in-parallel.js';
import { makeNodes } from './lib/new-nodes.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, shards } from './lib/step-activities.js';
import { idsOf, shardsOf } from './lib/subjects.js';

/**
 * Makes a new sharded cluster. It has no endpoint: clients begin with any node, and each node tells where a key lies.
 *
 * Nobody uses the cluster before `publish`. Whatever fails or is cancelled before it leaves nothing, and the name is free again.
 */
export const deployShards = (input: OperationWorkflowInput<'deploy-cluster'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn }) => {
    const { clusterId, plan } = input;
    const all = shardsOf(plan.subjects);

    await makeNodes({ step }, input, { subjects: plan.subjects, endpoint: false });
    await step('start-nodes', {
      do: (context) => inParallel(idsOf(plan.subjects), (id) => shards.startEmptyNode(context, id)),
      undo: (context) => cluster.destroySecrets(context),
    });
    await step('form-cluster', { do: (context) => shards.formCluster(context, all), undo: noUndo('It goes with the machine.') });
    await step('verify', { do: (context) => shards.verifyShards(context, all), undo: noUndo('It only reads.') });

    pointOfNoReturn(); // From here clients may have written: never torn down but by delete-cluster.
    await step('publish', {
      do: (context) => cluster.recordFacts(context, [{ type: 'ClusterDeployed', data: { clusterId } }]),
      undo: noUndo('It only goes forward.'),
    });
  });
