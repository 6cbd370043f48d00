import type { EngineCredentials, EngineNode, MemberHealth } from '@holdfast/domain';
import { WrongNodeState } from '../../../engine-support/node-errors.js';
import { ensureApplication } from '../accounts.js';
import { LAYOUT } from '../layout.js';
import { MARIADB } from '../mariadb.dialect.js';
import { withSession } from '../session.js';
import { keepAllowlist } from './allowlist.js';
import { memberHealth } from './health.js';
import { groupAddress, membershipOf, peersOf } from './layout.js';
import type { MemberServer } from './member-server.js';
import { allowToBegin } from './saved-state.js';

export interface Joining {
  readonly server: MemberServer;
  readonly node: EngineNode;
  readonly members: readonly EngineNode[];
  readonly credentials: EngineCredentials;
}

export interface SeenMember {
  readonly node: EngineNode;
  readonly health: MemberHealth;
}

export const lookAtAll = (members: readonly EngineNode[], credentials: EngineCredentials): Promise<SeenMember[]> =>
  Promise.all(members.map(async (node) => ({ node, health: await memberHealth(node, credentials) })));

/** It is one of a group that has a majority, in sync or about to be. */
export const isInGroup = (health: MemberHealth): boolean => health.reachable && health.hasQuorum;

const isFull = (health: MemberHealth): boolean => health.reachable && health.writable;

/**
 * The first member of a new group. That it begins is forgotten before anybody else may join, so that no restart of it ever begins
 * a second group.
 */
export const bootstrapGroup = async (joining: Joining): Promise<void> => {
  const { server, node, members, credentials } = joining;
  const known = await membershipOf(node);
  if (!isInGroup(await memberHealth(node, credentials))) {
    const others = await lookAtAll(members.filter((other) => other.name !== node.name), credentials);
    const running = others.find(({ health }) => health.reachable);
    if (running !== undefined) throw new WrongNodeState(node.name, `it begins no group, since ${running.node.name} runs already.`);
    if (known !== undefined && known.begins !== true) throw new WrongNodeState(node.name, 'it was a member of its group before; the group is started as a whole.');
    if (known === undefined) await server.programs.initialise(node);
    await beginWith(joining);
  }
  await endBeginning(joining);
  await withSession(MARIADB, node, credentials.superuser, (session) => ensureApplication(session, credentials));
};

/** No other member runs, and none has more. One that began already, and goes through its log perhaps, is not disturbed by a repeated call. */
export const beginWith = async ({ server, node, members, credentials }: Joining): Promise<void> => {
  if ((await membershipOf(node))?.begins !== true || !(await server.programs.isRunning(node))) {
    await server.programs.stopInAnyCase(node);
    await server.save(node, { members: peersOf(members), begins: true }, credentials);
    await allowToBegin(node);
    await server.launch(node, credentials);
  }
  await server.waitUntilSynced(node, credentials);
};

/** From here on it comes back as one of the others, and never begins alone; and only members are let in. */
export const endBeginning = async ({ server, node, members, credentials }: Joining): Promise<void> => {
  if ((await membershipOf(node))?.begins !== true) return;
  await withSession(MARIADB, node, credentials.superuser, (session) => keepAllowlist(session, peersOf(members)));
  await server.save(node, { members: peersOf(members) }, credentials);
  await node.machine.removePath(LAYOUT.accounts);
};

/**
 * The node gets its state from a member that is in sync: what it lacks where the group still has that in memory, else everything.
 * Ended by `signal`, its server goes on by itself; a repeated call finds it where it is then.
 */
export const joinGroup = async (joining: Joining, signal: AbortSignal): Promise<void> => {
  const { server, node, members, credentials } = joining;
  signal.throwIfAborted();
  const own = await memberHealth(node, credentials);
  if (!isFull(own)) {
    const others = await lookAtAll(members.filter((other) => other.name !== node.name), credentials);
    if (!others.some(({ health }) => isInGroup(health))) throw new WrongNodeState(node.name, nobodyServes(others));
    // Thrown out by the others, or cut off: it comes back by a start of its own.
    if (own.reachable && !own.hasQuorum) await server.programs.stopInAnyCase(node);
    await server.save(node, { members: peersOf(members) }, credentials);
    await server.launch(node, credentials);
    await server.waitUntilSynced(node, credentials, signal);
  }
};

const nobodyServes = (others: readonly SeenMember[]): string => {
  const said = others.map(({ node, health }) => (health.reachable ? `${node.name} is cut off from the majority` : `${node.name} does not answer`));
  return `it did not join, since no member of its group has a majority: ${said.join(', ')}. Nothing was done.`;
};

/**
 * The file is what its next start goes by. A running server knows its fellows by what they tell each other. Those that are gone it would
 * look for as long as it runs, and let in if they came back: it is told not to.
 */
export const rememberMembers = async ({ server, node, members, credentials }: Joining): Promise<void> => {
  const before = (await membershipOf(node))?.members ?? [];
  const peers = peersOf(members);
  const gone = before.filter(({ host }) => peers.every((peer) => peer.host !== host));
  const health = await memberHealth(node, credentials);
  if (health.reachable) {
    await withSession(MARIADB, node, credentials.superuser, async (session) => {
      if (health.writable) await keepAllowlist(session, peers);
      for (const peer of gone) await session.query('SET GLOBAL wsrep_provider_options = ?', [`gmcast.peer_addr=del:${groupAddress(peer)}`]);
    });
  }
  await server.save(node, { members: peers }, credentials);
};
