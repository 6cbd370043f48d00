import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { makeNodes } from './lib/new-nodes.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, endpoint, group } from './lib/step-activities.js';
import { groupRouting, idsOf } from './lib/subjects.js';

/**
 * Makes a new group in which every node takes writes, and its two addresses.
 *
 * Nobody uses the cluster before `publish`. Whatever fails or is cancelled before it leaves nothing, and the name is free again.
 */
export const deployGroup = (input: OperationWorkflowInput<'deploy-cluster'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn }) => {
    const { clusterId, plan } = input;
    const members = idsOf(plan.subjects);
    const [first = '', ...others] = members;

    await makeNodes({ step }, input, { subjects: plan.subjects, endpoint: true });
    await step('bootstrap-group', { do: (context) => group.bootstrapGroup(context, first, members), undo: (context) => cluster.destroySecrets(context) });
    await step('join-members', {
      // One after the other: a donor serves one joiner, and a group that grows by two at once may split.
      do: async (context) => {
        for (const id of others) await group.joinGroup(context, id, members);
      },
      undo: noUndo('It goes with the machine.'),
    });
    await step('open-endpoint', { do: (context) => endpoint.openEndpoint(context, groupRouting(members)), undo: (context) => endpoint.closeEndpoint(context) });
    await step('verify', { do: (context) => group.verifyGroup(context, members), undo: noUndo('It only reads.') });

    pointOfNoReturn(); // From here clients may have written: never torn down but by delete-cluster.
    await step('publish', {
      do: (context) => cluster.recordFacts(context, [{ type: 'ClusterDeployed', data: { clusterId } }]),
      undo: noUndo('It only goes forward.'),
    });
  });
