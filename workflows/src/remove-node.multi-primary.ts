import type { OperationWorkflowInput, OperationWorkflowResult } from './contracts/index.js';
import { noUndo, runOperation } from './lib/run-operation.js';
import { cluster, endpoint, group, machines } from './lib/step-activities.js';
import { groupRouting, idsOf, othersIn, targetIn } from './lib/subjects.js';

const ONLY_FORWARD = noUndo('It only goes forward.');

/**
 * Takes one member out of its group for good; its data on that machine is destroyed.
 *
 * It says goodbye instead of vanishing, so that the others keep their quorum and take writes all the time. Until `forget-member` it
 * can join again with what it has. One that is lost has no goodbye to say: the plan has no step for it, and the others are asked instead
 * whether they still count it.
 */
export const removeMember = (input: OperationWorkflowInput<'remove-node'>): Promise<OperationWorkflowResult> =>
  runOperation(input, async ({ step, pointOfNoReturn, plans }) => {
    const { clusterId, plan } = input;
    const { nodeId } = targetIn(plan);
    const all = idsOf(plan.subjects);
    const rest = idsOf(othersIn(plan));
    const saysGoodbye = plans('leave-group');

    await step('preflight', {
      do: (context) => (saysGoodbye ? group.preflightLeave(context, rest) : group.preflightLost(context, nodeId, rest)),
      undo: noUndo('It only reads.'),
    });
    await step('leave-endpoint', {
      do: (context) => endpoint.routeEndpoint(context, groupRouting(rest)),
      undo: (context) => endpoint.routeEndpoint(context, groupRouting(all)),
    });
    if (saysGoodbye) await step('leave-group', { do: (context) => group.leaveGroup(context, nodeId), undo: (context) => group.joinGroup(context, nodeId, all) });

    pointOfNoReturn(); // From here its data is given up.
    await step('forget-member', { do: (context) => (saysGoodbye ? group.rememberMembers(context, rest, rest) : group.forgetLost(context, rest)), undo: ONLY_FORWARD });
    await step('destroy-machine', { do: (context) => machines.destroyNode(context, nodeId), undo: ONLY_FORWARD });
    await step('publish', { do: (context) => cluster.recordFacts(context, [{ type: 'NodeRemoved', data: { clusterId, nodeId } }]), undo: ONLY_FORWARD });
  });
