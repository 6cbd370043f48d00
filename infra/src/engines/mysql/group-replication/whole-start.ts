import type { EngineCredentials, EngineNode, GroupStart } from '@holdfast/domain';
import { WrongNodeState } from '../../../engine-support/node-errors.js';
import { missingIn } from '../gtid-set.js';
import { MYSQL } from '../mysql.dialect.js';
import { withSession } from '../session.js';
import { beginWith, joinGroup, lookAtAll } from './joining.js';
import { membershipOf, peersOf } from './layout.js';
import { APPLIER_CHANNEL, isInGroup, type MemberServer } from './member-server.js';

export interface Found {
  readonly node: EngineNode;
  /** All that it has: applied, and got from the group to be applied. */
  readonly position: string;
}

/**
 * Every server is stopped before the positions are compared, also one that runs without a majority or does not answer: so none can
 * write on, and none is missed. Each is then started outside of the group, where it takes no writes, to be asked. A member whose
 * machine does not answer ends it before anything is changed.
 */
export const startGroup = async (server: MemberServer, members: readonly EngineNode[], credentials: EngineCredentials, signal: AbortSignal): Promise<GroupStart> => {
  await Promise.all(members.map((node) => server.programs.isRunning(node)));
  const running = (await lookAtAll(members, credentials)).find(({ health }) => isInGroup(health));
  const start = running?.health.reachable ? { startedFrom: running.node.name, position: running.health.position } : await startAnew(server, members, credentials, signal);
  for (const node of inOrder(members, start.startedFrom)) await joinGroup({ server, node, members, credentials }, signal);
  return start;
};

/** The one that began comes first, so that it comes back by itself from then on. */
const inOrder = (members: readonly EngineNode[], first: string): EngineNode[] => [...members.filter(({ name }) => name === first), ...members.filter(({ name }) => name !== first)];

const startAnew = async (server: MemberServer, members: readonly EngineNode[], credentials: EngineCredentials, signal: AbortSignal): Promise<GroupStart> => {
  const having = await withData(members);
  await Promise.all(members.map((node) => server.programs.stopInAnyCase(node)));
  const found: Found[] = [];
  for (const node of having) {
    signal.throwIfAborted();
    await server.save(node, { members: peersOf(members), stage: 'held' }, credentials);
    await server.launch(node, credentials);
    found.push({ node, position: await positionOf(node, credentials) });
  }
  const { node, position } = mostAdvanced(found);
  signal.throwIfAborted();
  await beginWith({ server, node, members, credentials }, 'held');
  return { startedFrom: node.name, position };
};

/** One that was never in sync has nothing to begin with; it gets all from the others. */
const withData = async (members: readonly EngineNode[]): Promise<EngineNode[]> => {
  const stages = await Promise.all(members.map(async (node) => (await membershipOf(node))?.stage));
  return members.filter((_, at) => stages[at] === 'member' || stages[at] === 'held');
};

/** What waits in its relay log was certified: it is applied before the member takes anything new, and counts as had. */
const ALL_IT_HAS = `SELECT @@global.gtid_executed AS applied,
  (SELECT RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = '${APPLIER_CHANNEL}') AS received`;

const positionOf = (node: EngineNode, credentials: EngineCredentials): Promise<string> =>
  withSession(MYSQL, node, credentials.superuser, async (session) => {
    const [row] = await session.query(ALL_IT_HAS);
    const [union] = await session.query("SELECT GTID_SUBTRACT(CONCAT(?, ',', ?), '') AS position", [row?.['applied'] ?? '', row?.['received'] ?? '']);
    return (union?.['position'] ?? '').replaceAll('\n', '');
  });

/** The first of those that have all that any of them has. Throws WrongNodeState where there is none. */
export const mostAdvanced = (found: readonly Found[]): Found => {
  if (found.length === 0) throw new WrongNodeState('group', 'none of its members has data to start it from.');
  const most = found.find(({ position }) => found.every((other) => missingIn(position, other.position) === undefined));
  if (most === undefined) {
    const lacking = found.map(({ node, position }) => `${node.name} has ${position}`).join('; ');
    throw new WrongNodeState(found.map(({ node }) => node.name).join(', '), `none has all that the others have, so the group was not started: ${lacking}.`);
  }
  return most;
};
