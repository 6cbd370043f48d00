import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { makeNodes } from './lib/new-nodes.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, endpoint, group } from './lib/step-activities.js';
import { groupRouting, idsOf, othersIn, targetIn, targetsIn } from './lib/subjects.js';

/**
 * Adds one member to a group that serves.
 *
 * The others take writes on and are not restarted. No client can reach the new member before `publish`; when a step fails or the
 * operation is cancelled, it leaves, so that the group does not count it, and goes away.
 */
export const addMember = (input: OperationWorkflowInput<'add-node'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn }) => {
    const { clusterId, plan } = input;
    const { nodeId } = targetIn(plan);
    const before = idsOf(othersIn(plan));
    const members = [...before, nodeId];

    await makeNodes({ step }, input, { subjects: targetsIn(plan), endpoint: false });
    await step('remember-member', {
      do: (context) => group.rememberMembers(context, before, members),
      undo: (context) => group.rememberMembers(context, before, before),
    });
    await step('join-group', { do: (context) => group.joinGroup(context, nodeId, members), undo: (context) => group.leaveGroup(context, nodeId) });
    await step('verify', { do: (context) => group.verifyGroup(context, members), undo: noUndo('It only reads.') });

    pointOfNoReturn(); // From here clients may be connected to the member.
    await step('publish', {
      do: async (context) => {
        await endpoint.routeEndpoint(context, groupRouting(members));
        await cluster.recordFacts(context, [{ type: 'NodeAdded', data: { clusterId, nodeId } }]);
      },
      undo: noUndo('It only goes forward.'),
    });
  });
