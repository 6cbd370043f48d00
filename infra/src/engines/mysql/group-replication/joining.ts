import type { EngineCredentials, EngineNode, MemberHealth } from '@holdfast/domain';
import { ServerDidNotStart, WrongNodeState } from '../../../engine-support/node-errors.js';
import { waitFor } from '../../../engine-support/waiting.js';
import { ensureApplication } from '../accounts.js';
import { LAYOUT } from '../layout.js';
import { copyByClone } from '../mysql-copy.js';
import { MYSQL } from '../mysql.dialect.js';
import { withSession } from '../session.js';
import { memberHealth } from './health.js';
import { type Membership, membershipOf, peersOf } from './layout.js';
import { isInGroup, type MemberServer } from './member-server.js';

/** Far above what the largest data set takes; the step's own deadline ends it before. */
const TRANSFER_TIMEOUT_MS = 24 * 60 * 60_000;
const POLL_MS = 200;
/** One that was told so often to join and is not in will not get in. Each time may be a minute of looking for the group. */
const TRIES_MAX = 3;
/** A server that starts joins its group by itself, and is outside of it for a moment before. */
const BY_ITSELF_MS = 3_000;

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

const othersOf = ({ node, members, credentials }: Joining): Promise<SeenMember[]> => lookAtAll(members.filter(({ name }) => name !== node.name), credentials);

const isFull = (health: MemberHealth): boolean => health.reachable && health.writable;

/** The first member of a new group. Whatever ends in between, a restart of its server begins none: only this call does. */
export const bootstrapGroup = async (joining: Joining): Promise<void> => {
  const { server, node, credentials } = joining;
  if (!isInGroup(await memberHealth(node, credentials))) {
    const running = (await othersOf(joining)).find(({ health }) => health.reachable);
    if (running !== undefined) throw new WrongNodeState(node.name, `it begins no group, since ${running.node.name} runs already.`);
    const known = await membershipOf(node);
    if (known !== undefined && known.stage !== 'founding') throw new WrongNodeState(node.name, 'it was a member of its group before; the group is started as a whole.');
    if (known === undefined) await server.programs.initialise(node);
    await beginWith(joining, 'founding');
  }
  await becomeMember(joining);
  await withSession(MYSQL, node, credentials.superuser, (session) => ensureApplication(session, credentials));
};

/** No other member runs, and none has more. */
export const beginWith = async ({ server, node, members, credentials }: Joining, stage: 'founding' | 'held'): Promise<void> => {
  const membership: Membership = { members: peersOf(members), stage };
  await server.save(node, membership, credentials);
  await server.launch(node, credentials);
  await server.begin(node, membership, credentials);
  await waitFor(async () => (isFull(await memberHealth(node, credentials)) ? true : undefined), {
    timeoutMs: TRANSFER_TIMEOUT_MS,
    intervalMs: POLL_MS,
    onTimeout: async () => new ServerDidNotStart(node.name, 'it began its group and takes no writes.', await server.programs.logTail(node)),
  });
};

/** From here on it comes back into its group by itself. */
const becomeMember = async ({ server, node, members, credentials }: Joining): Promise<void> => {
  const membership: Membership = { members: peersOf(members), stage: 'member' };
  await server.tell(node, membership, credentials);
  await server.save(node, membership, credentials);
};

/**
 * A new node gets a copy of all data first. Then, as one that was away, it gets what it lacks from another's log; where no member has
 * that log any more, everything. Ended by `signal`, a copy is ended with it; a server that joins goes on by itself, and a repeated
 * call finds it where it is then.
 */
export const joinGroup = async (joining: Joining, signal: AbortSignal): Promise<void> => {
  const { server, node, credentials } = joining;
  signal.throwIfAborted();
  if (!isFull(await memberHealth(node, credentials))) {
    const others = await othersOf(joining);
    const serving = others.filter(({ health }) => isInGroup(health));
    if (serving.length === 0) throw new WrongNodeState(node.name, nobodyServes(others));
    const membership = await withDataOf(joining, serving, signal);
    await server.save(node, membership, credentials);
    await server.launch(node, credentials);
    await waitUntilFull(joining, membership, signal);
  }
  await becomeMember(joining);
};

/** One that has no data yet, or half a copy, gets a copy of another's: of the last in order, since clients write to the first by preference. */
const withDataOf = async ({ server, node, members, credentials }: Joining, serving: readonly SeenMember[], signal: AbortSignal): Promise<Membership> => {
  const { machine } = node;
  const peers = peersOf(members);
  const known = (await machine.fileExists(LAYOUT.unfinished)) ? undefined : await membershipOf(node);
  if (known !== undefined) return { members: peers, stage: known.stage === 'new' ? 'new' : 'member' };
  const donor = serving.findLast(({ health }) => isFull(health))?.node;
  if (donor === undefined) throw new WrongNodeState(node.name, 'no member of its group is in sync, so there is nobody to copy from.');
  await machine.writeFile(LAYOUT.unfinished, '');
  await server.programs.stopInAnyCase(node);
  await machine.removePath(LAYOUT.data);
  await copyByClone({ server: server.programs, node, upstream: donor, credentials, signal });
  const membership: Membership = { members: peers, stage: 'new' };
  await server.save(node, membership, credentials);
  await machine.removePath(LAYOUT.unfinished);
  return membership;
};

const nobodyServes = (others: readonly SeenMember[]): string => {
  const said = others.map(({ node, health }) => (health.reachable ? `${node.name} is cut off from the majority (${health.detail})` : `${node.name} does not answer`));
  return `it did not join, since no member of its group has a majority: ${said.join(', ')}. Nothing was done.`;
};

/** Its server may end meanwhile, to start anew with the data that it copied. One that stays outside is told to join. */
const waitUntilFull = async ({ server, node, credentials }: Joining, membership: Membership, signal: AbortSignal): Promise<void> => {
  const patienceMs = membership.stage === 'member' ? BY_ITSELF_MS : 0;
  let tries = 0;
  let outsideSince: number | undefined;
  const look = async (): Promise<true | undefined> => {
    const seen = await memberHealth(node, credentials);
    if (isFull(seen)) return true;
    const isOutside = seen.reachable && (seen.state === 'outside' || seen.state === 'error');
    outsideSince = isOutside ? (outsideSince ?? performance.now()) : undefined;
    if (outsideSince === undefined || performance.now() - outsideSince < patienceMs) return undefined;
    if (++tries > TRIES_MAX) throw new ServerDidNotStart(node.name, `it did not get into its group in ${TRIES_MAX} tries.`, await server.programs.logTail(node));
    await server.join(node, membership, credentials);
    outsideSince = undefined;
    return undefined;
  };
  await waitFor(look, {
    timeoutMs: TRANSFER_TIMEOUT_MS,
    intervalMs: POLL_MS,
    signal,
    onTimeout: async () => new ServerDidNotStart(node.name, 'it did not get in sync with its group.', await server.programs.logTail(node)),
  });
};

/** Told to the server where it runs; what its files say holds from its next start. */
export const rememberMembers = async ({ server, node, members, credentials }: Joining): Promise<void> => {
  const membership: Membership = { members: peersOf(members), stage: (await membershipOf(node))?.stage ?? 'member' };
  if ((await memberHealth(node, credentials)).reachable) await server.tell(node, membership, credentials);
  await server.save(node, membership, credentials);
};
