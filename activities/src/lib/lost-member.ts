import { MachineUnreachable, type EngineNode, type MemberHealth } from '@holdfast/domain';
import { type OpenGroup, VERIFY_LIMITS } from './open-group.js';
import { untilContent } from './poll.js';
import { ConditionNotMet } from './refused.js';
import { engineNode, memberOf } from './workbench.js';

interface Seen {
  readonly name: string;
  readonly node: EngineNode | undefined;
  readonly health: MemberHealth;
}

/** Also of a member whose machine is gone, or does not answer. */
const look = async ({ open, driver, credentials }: OpenGroup, id: string): Promise<Seen> => {
  const { name } = memberOf(open.cluster, id);
  let node: EngineNode | undefined;
  try {
    node = await engineNode(open, id);
    return { name, node, health: await driver.memberHealth(node, credentials) };
  } catch (error) {
    if (!(error instanceof MachineUnreachable)) throw error;
    return { name, node, health: { reachable: false, problem: error.message } };
  }
};

/**
 * From here, a machine that is gone and one that is out of reach look the same. So the group is asked: while its majority serves and
 * does not count the member, that one can have acknowledged nothing that they lack.
 */
export const expectLost = (group: OpenGroup, lostId: string, stayingIds: readonly string[]): Promise<void> =>
  untilContent(async () => {
    const [lost, ...staying] = (await Promise.all([lostId, ...stayingIds].map((id) => look(group, id)))) as [Seen, ...Seen[]];
    const { health, name } = lost;
    if (health.reachable && health.hasQuorum) throw new ConditionNotMet('member-serves', `${name} answers and is in its group (${health.detail}): it is not lost.`, name, true);
    return complaintOf(lost, staying);
  }, VERIFY_LIMITS);

const complaintOf = (lost: Seen, staying: readonly Seen[]): ConditionNotMet | undefined => {
  const complaint = (code: string, text: string, node: string): ConditionNotMet => new ConditionNotMet(code, text, node, false);
  const serving = staying.filter(({ health }) => health.reachable && health.writable);
  const total = staying.length + 1;
  if (serving.length * 2 <= total) {
    const said = staying.filter((member) => !serving.includes(member)).map(({ name, health }) => `${name} ${health.reachable ? `takes no writes (${health.detail})` : 'does not answer'}`);
    return complaint('quorum-lost', `Only ${serving.length} of ${total} members take writes: ${said.join(', ')}.`, lost.name);
  }
  const counting = serving.find(({ health }) => health.reachable && health.members.includes(lost.name));
  return counting && complaint('member-still-in-group', `${counting.name} still counts ${lost.name} in the group: it may be serving where only we do not reach it.`, lost.name);
};

/** Those who serve learn who the group is: all that have a machine, also one that is away for now and comes back. */
export const rememberAmong = async (group: OpenGroup, stayingIds: readonly string[]): Promise<void> => {
  const seen = await Promise.all(stayingIds.map((id) => look(group, id)));
  const nodes = seen.flatMap(({ node }) => node ?? []);
  const told = seen.flatMap(({ node, health }) => (node && health.reachable && health.hasQuorum ? [node] : []));
  await Promise.all(told.map((node) => group.driver.rememberMembers(node, nodes, group.credentials)));
};
