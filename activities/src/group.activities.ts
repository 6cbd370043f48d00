import type { MemberHealth } from '@holdfast/domain';
import type { GroupActivities, StepContext } from '@holdfast/workflows/contracts';
import { expectLost, rememberAmong } from './lib/lost-member.js';
import { groupOf, VERIFY_LIMITS } from './lib/open-group.js';
import { cancellationSignal, untilContent } from './lib/poll.js';
import { ConditionNotMet } from './lib/refused.js';
import { engineNode, engineNodes, hasServed, isGone, memberOf, type Workbench } from './lib/workbench.js';

/** A goodbye writes all that is in memory; meanwhile nobody waits for the member. */
const LEAVE_TIMEOUT_MS = 120_000;

/** Who belongs to the group in which every node takes writes. */
export class GroupActivitiesOnDriver implements GroupActivities {
  constructor(private readonly bench: Workbench) {}

  async bootstrapGroup(context: StepContext, nodeId: string, memberIds: readonly string[]): Promise<void> {
    const { driver, open, credentials } = await groupOf(this.bench, context);
    await driver.bootstrapGroup(await engineNode(open, nodeId), await engineNodes(open, memberIds), credentials);
    await this.bench.ledger.record(context, [{ type: 'MemberJoined', data: { clusterId: context.clusterId, nodeId } }]);
  }

  async joinGroup(context: StepContext, nodeId: string, memberIds: readonly string[]): Promise<void> {
    const { driver, open, credentials } = await groupOf(this.bench, context);
    await driver.joinGroup(await engineNode(open, nodeId), await engineNodes(open, memberIds), credentials, cancellationSignal());
    await this.bench.ledger.record(context, [{ type: 'MemberJoined', data: { clusterId: context.clusterId, nodeId } }]);
  }

  async rememberMembers(context: StepContext, nodeIds: readonly string[], memberIds: readonly string[]): Promise<void> {
    const { driver, open, credentials } = await groupOf(this.bench, context);
    const members = await engineNodes(open, memberIds);
    const running = nodeIds.filter((id) => memberOf(open.cluster, id).status === 'active');
    await Promise.all(running.map(async (id) => driver.rememberMembers(await engineNode(open, id), members, credentials)));
  }

  /** Also of a node that never joined to its end: what it began of joining is ended. */
  async leaveGroup(context: StepContext, nodeId: string): Promise<void> {
    const { driver, open, credentials } = await groupOf(this.bench, context);
    if (await isGone(open.provider, nodeId)) return;
    await driver.leaveGroup(await engineNode(open, nodeId), credentials, LEAVE_TIMEOUT_MS);
  }

  async verifyGroup(context: StepContext, memberIds: readonly string[]): Promise<void> {
    await watchMembers(this.bench, context, memberIds, 'verification-failed', (seen, names) =>
      seen.members.join() === names.join() ? undefined : `sees ${seen.members.join(', ') || 'nobody'}, not ${names.join(', ')}`,
    );
  }

  async preflightLeave(context: StepContext, stayingIds: readonly string[]): Promise<void> {
    await watchMembers(this.bench, context, stayingIds, 'quorum-at-risk', (seen, names) => {
      const staying = names.filter((name) => seen.members.includes(name)).length;
      return staying * 2 > seen.groupSize ? undefined : `sees ${seen.groupSize} members, of which only ${staying} stay`;
    });
  }

  async preflightLost(context: StepContext, lostId: string, stayingIds: readonly string[]): Promise<void> {
    await expectLost(await groupOf(this.bench, context), lostId, stayingIds);
  }

  async forgetLost(context: StepContext, stayingIds: readonly string[]): Promise<void> {
    await rememberAmong(await groupOf(this.bench, context), stayingIds);
  }

  /** Those that never served have nothing to start. */
  async startGroup(context: StepContext, memberIds: readonly string[]): Promise<void> {
    const { driver, open, credentials } = await groupOf(this.bench, context);
    const served = memberIds.filter((id) => hasServed(memberOf(open.cluster, id)));
    if (served.length > 0) await driver.startGroup(await engineNodes(open, served), credentials, cancellationSignal());
  }
}

type Serving = Extract<MemberHealth, { reachable: true }>;

/** Asks all of them until each takes writes and none has something to complain about. */
const watchMembers = async (
  bench: Workbench,
  context: StepContext,
  memberIds: readonly string[],
  code: string,
  complaintOf: (seen: Serving, names: readonly string[]) => string | undefined,
): Promise<void> => {
  const { driver, open, credentials } = await groupOf(bench, context);
  const nodes = await engineNodes(open, memberIds);
  const names = nodes.map((node) => node.name).sort();
  await untilContent(async () => {
    const seen = await Promise.all(nodes.map((node) => driver.memberHealth(node, credentials)));
    for (const [index, node] of nodes.entries()) {
      const problem = problemOf(seen[index]) ?? complaintOf(seen[index] as Serving, names);
      if (problem !== undefined) return new ConditionNotMet(code, `${node.name} ${problem}.`, node.name, false);
    }
    return undefined;
  }, VERIFY_LIMITS);
};

const problemOf = (seen: MemberHealth | undefined): string | undefined => {
  if (seen?.reachable !== true) return `does not answer: ${seen?.problem ?? 'it was not asked'}`;
  if (!seen.hasQuorum) return 'has lost the majority of its group and refuses writes';
  return seen.writable ? undefined : `takes no writes: it is ${seen.state} (${seen.detail})`;
};
