import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, endpoint, group, machines } from './lib/step-activities.js';
import { groupRouting, idsOf, othersIn, targetIn } from './lib/subjects.js';

const ONLY_FORWARD = noUndo('It only goes forward.');

/**
 * Takes one member out of its group for good; its data on that machine is destroyed.
 *
 * It says goodbye instead of vanishing, so that the others keep their quorum and take writes all the time. Until `forget-member` it
 * can join again with what it has.
 */
export const removeMember = (input: OperationWorkflowInput<'remove-node'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn }) => {
    const { clusterId, plan } = input;
    const { nodeId } = targetIn(plan);
    const all = idsOf(plan.subjects);
    const rest = idsOf(othersIn(plan));

    await step('preflight', { do: (context) => group.preflightLeave(context, rest), undo: noUndo('It only reads.') });
    await step('leave-endpoint', {
      do: (context) => endpoint.routeEndpoint(context, groupRouting(rest)),
      undo: (context) => endpoint.routeEndpoint(context, groupRouting(all)),
    });
    await step('leave-group', { do: (context) => group.leaveGroup(context, nodeId), undo: (context) => group.joinGroup(context, nodeId, all) });

    pointOfNoReturn(); // From here its data is given up.
    await step('forget-member', { do: (context) => group.rememberMembers(context, rest, rest), undo: ONLY_FORWARD });
    await step('destroy-machine', { do: (context) => machines.destroyNode(context, nodeId), undo: ONLY_FORWARD });
    await step('publish', { do: (context) => cluster.recordFacts(context, [{ type: 'NodeRemoved', data: { clusterId, nodeId } }]), undo: ONLY_FORWARD });
  });
