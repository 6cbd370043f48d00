import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineCredentials, EngineNode, Shard } from '@holdfast/domain';
import { NodeNotAnswering, PromotionTimedOut, ReplicaNotReady, WrongNodeState } from '../../engine-support/node-errors.js';
import { waitFor } from '../../engine-support/waiting.js';
import { addressIn, addressTextOf, shardHealth } from './cluster-health.js';
import { parseInfo } from './info.js';
import { rangesOf, SLOT_COUNT, viewOf } from './cluster-view.js';
import { messageOf, type Session, withSession, withSessionAt } from './session.js';
import { waitUntilLinked } from './replica.js';
import type { Server } from './server.js';

/** Gossip reaches every node within a second or two. */
const MEET_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
/** A server gives up a failover that was asked for after 5 s (CLUSTER_MF_TIMEOUT); before that, its end is not known. */
const FAILOVER_ENDS_MS = 5_500;

const QUIET_MS = 1_000;
/** One that asks again and again does not listen. */
const QUIET_TIMEOUT_MS = 10_000;

/** What a call works with. */
export interface Forming {
  readonly server: Server;
  readonly credentials: EngineCredentials;
  readonly signal: AbortSignal;
}

const on = <T>(node: EngineNode, { credentials }: Pick<Forming, 'credentials'>, work: (session: Session) => Promise<T>): Promise<T> => withSession(node, credentials.superuser, work);

/** Slots first, then they meet, so that no node ever sees a cluster with others' slots in it; replicas last. */
export const formCluster = async (shards: readonly Shard[], forming: Forming): Promise<void> => {
  const primaries = shards.map(({ primary }) => primary);
  const nodes = shards.flatMap(({ primary, replicas }) => [primary, ...replicas]);
  const [first] = primaries;
  if (!first) throw new Error('A cluster without a shard cannot be formed.');
  for (const [at, primary] of primaries.entries()) await takeSlots(primary, at, primaries.length, forming);
  for (const node of nodes.slice(1)) await meet(first, node, forming);
  await waitUntilAll(nodes, forming, 'does not know all nodes', async (session) => {
    const known = (await viewOf(session)).members.filter(({ handshake }) => !handshake).map(addressIn);
    return nodes.every((node) => known.includes(addressTextOf(node)));
  });
  for (const { primary, replicas } of shards) for (const replica of replicas) await copy(replica, primary, forming);
  for (const replica of shards.flatMap(({ replicas }) => replicas)) await waitUntilLinked(forming.server, replica, forming.credentials, forming.signal);
  await waitUntilWhole(nodes, forming);
};

/** The share of the primary at this place, as far as it has none yet; and an epoch of its own, so that none of two claims is the newer. */
const takeSlots = async (primary: EngineNode, at: number, count: number, forming: Forming): Promise<void> => {
  const bound = (place: number): number => Math.floor((place * SLOT_COUNT) / count);
  await on(primary, forming, async (session) => {
    const { me, members } = await viewOf(session);
    const missing = Array.from({ length: bound(at + 1) - bound(at) }, (_, slot) => bound(at) + slot).filter((slot) => !me.slots.includes(slot));
    if (missing.length > 0) await session.ask('CLUSTER', 'ADDSLOTSRANGE', ...rangesOf(missing).flat().map(String));
    const epoch = parseInfo(await session.text('CLUSTER', 'INFO')).get('cluster_my_epoch');
    if (members.length === 1 && epoch === '0') await session.ask('CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1));
  });
};

/** Makes the node known to one that is there; gossip does the rest. */
const meet = async (member: EngineNode, node: EngineNode, forming: Forming): Promise<void> => {
  await on(member, forming, async (session) => {
    const { members } = await viewOf(session);
    if (!members.some((known) => addressIn(known) === addressTextOf(node))) await session.ask('CLUSTER', 'MEET', node.machine.address, String(node.port));
  });
};

/** An empty node becomes a member, and it and those that copy it know who serves which slot; nothing to do when it is one. */
export const joinCluster = async (node: EngineNode, members: readonly EngineNode[], forming: Forming): Promise<void> => {
  const [first] = members;
  if (!first) throw new Error(`${node.name} has nobody to meet.`);
  await meet(first, node, forming);
  await waitUntilAll([node, ...members], forming, 'does not know all nodes', async (session) => {
    const known = (await viewOf(session)).members.filter(({ handshake }) => !handshake).map(addressIn);
    return [node, ...members].every((member) => known.includes(addressTextOf(member)));
  });
  await waitForItsMap(node, first, forming);
};

/**
 * Gossip names the members first and tells their slots a moment later. A node with the first slot of its own is asked by clients for
 * all (CLUSTER SLOTS), and so is its replica: with holes in their maps they would answer CLUSTERDOWN. Those of a cluster without slots
 * have nothing to wait for.
 */
const waitForItsMap = async (node: EngineNode, member: EngineNode, forming: Forming): Promise<void> => {
  const known = await on(member, forming, assignedSlots);
  const isTold = (name: string) => (session: Session): Promise<true> =>
    waitFor(async () => ((await assignedSlots(session)) >= known ? true : undefined), {
      timeoutMs: MEET_TIMEOUT_MS,
      intervalMs: POLL_MS,
      signal: forming.signal,
      onTimeout: () => new WrongNodeState(name, 'it does not know who serves which slot.'),
    });
  const { me, members } = await on(node, forming, viewOf);
  await on(node, forming, isTold(node.name));
  for (const replica of members.filter(({ primaryId }) => primaryId === me.id)) {
    const name = `${addressIn(replica)} (a replica of ${node.name})`;
    await withSessionAt(name, replica, forming.credentials.superuser, isTold(name));
  }
};

/** Slots that have an owner, as the node sees it. */
const assignedSlots = async (session: Session): Promise<number> => Number(parseInfo(await session.text('CLUSTER', 'INFO')).get('cluster_slots_assigned'));

export const attachReplica = async (node: EngineNode, primary: EngineNode, forming: Forming): Promise<void> => {
  await joinCluster(node, [primary], forming);
  await copy(node, primary, forming);
  await waitUntilLinked(forming.server, node, forming.credentials, forming.signal);
};

/** A node may hear of a member a moment before it can copy it. */
const copy = async (replica: EngineNode, primary: EngineNode, forming: Forming): Promise<void> => {
  const primaryId = await on(primary, forming, (session) => session.text('CLUSTER', 'MYID'));
  await on(replica, forming, (session) =>
    waitFor(
      async () => {
        const { me } = await viewOf(session);
        if (me.primaryId === primaryId) return true;
        try {
          await session.ask('CLUSTER', 'REPLICATE', primaryId);
        } catch (error) {
          if (!/Unknown node|only replicate a (?:master|primary)/i.test(messageOf(error))) throw new ReplicaNotReady(replica.name, messageOf(error));
        }
        return undefined;
      },
      { timeoutMs: MEET_TIMEOUT_MS, intervalMs: POLL_MS, signal: forming.signal, onTimeout: () => new ReplicaNotReady(replica.name, `it does not become a replica of ${primary.name}.`) },
    ),
  );
};

const waitUntilAll = async (nodes: readonly EngineNode[], forming: Forming, problem: string, isSo: (session: Session) => Promise<boolean>): Promise<void> => {
  await Promise.all(nodes.map((node) => on(node, forming, (session) =>
    waitFor(async () => ((await isSo(session)) ? true : undefined), {
      timeoutMs: MEET_TIMEOUT_MS,
      intervalMs: POLL_MS,
      signal: forming.signal,
      onTimeout: () => new WrongNodeState(node.name, `it ${problem}.`),
    }))));
};

const waitUntilWhole = (nodes: readonly EngineNode[], forming: Forming): Promise<void> =>
  waitUntilAll(nodes, forming, 'does not see every slot served', async (session) => {
    const info = parseInfo(await session.text('CLUSTER', 'INFO'));
    return info.get('cluster_state') === 'ok' && info.get('cluster_slots_ok') === String(SLOT_COUNT);
  });

/** The others first: while one still knew the node, it would tell the rest of it. They do not listen to that for a minute. */
export const forgetNode = async (node: EngineNode, others: readonly EngineNode[], credentials: EngineCredentials): Promise<void> => {
  const health = await shardHealth(node, credentials);
  if (health.reachable && health.role === 'primary') throw new WrongNodeState(node.name, `it serves ${health.slotCount} slots.`);
  if (health.reachable && health.knownAddresses.length > 1) await on(node, { credentials }, waitUntilQuiet);
  for (const other of others) {
    await on(other, { credentials }, async (session) => {
      const known = (await viewOf(session)).members.find((member) => addressIn(member) === addressTextOf(node));
      if (!known) return;
      if (known.slots.length > 0) throw new WrongNodeState(node.name, `it serves ${known.slots.length} slots, as ${other.name} sees it.`);
      await session.ask('CLUSTER', 'FORGET', known.id);
    });
  }
  if (health.reachable && health.knownAddresses.length > 1) await resetUnlessAway(node, credentials);
};

/**
 * A client that believes the node to serve a slot is told otherwise (MOVED) only while the node knows the cluster. So it stays until
 * nobody has asked for a while; clients then know the new owners.
 */
const waitUntilQuiet = async (session: Session): Promise<void> => {
  const readMoved = async (): Promise<string> => parseInfo(await session.text('INFO', 'errorstats')).get('errorstat_MOVED') ?? '';
  const deadline = performance.now() + QUIET_TIMEOUT_MS;
  let [told, since] = [await readMoved(), performance.now()];
  while (performance.now() - since < QUIET_MS && performance.now() < deadline) {
    await sleep(POLL_MS);
    const now = await readMoved();
    if (now !== told) [told, since] = [now, performance.now()];
  }
};

const resetUnlessAway = async (node: EngineNode, credentials: EngineCredentials): Promise<void> => {
  try {
    await on(node, { credentials }, (session) => session.ask('CLUSTER', 'RESET', 'HARD'));
  } catch (error) {
    if (!(error instanceof NodeNotAnswering)) throw error;
  }
};

/**
 * The servers do it among themselves: the primary holds its clients, the replica takes the rest of its log and the shard. A primary
 * throws the request away without a word while gossip has not told it that the replica is its own, and takes a second or two to be
 * told; so it is asked before. What the servers gave up is asked for again until the limit: by then nobody is held any more.
 * Source: clusterProcessPacket, CLUSTERMSG_TYPE_MFSTART in cluster_legacy.c of both.
 */
export const failOverWithinShard = async (replica: EngineNode, primary: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void> => {
  const until = performance.now() + Math.max(timeoutMs, FAILOVER_ENDS_MS);
  for (let asked = 1; ; asked += 1) {
    if (!(await isTaken(replica, primary, { credentials }))) {
      await waitUntilKnown(replica, primary, { credentials }, until - performance.now());
      await on(replica, { credentials }, (session) => session.ask('CLUSTER', 'FAILOVER'));
    }
    if (await isDoneIn(FAILOVER_ENDS_MS, replica, primary, credentials)) return;
    if (performance.now() + FAILOVER_ENDS_MS > until) {
      throw new PromotionTimedOut(replica.name, `it did not take over from ${primary.name} when asked ${asked === 1 ? 'once' : `${asked} times`}; ${primary.name} serves on.`);
    }
  }
};

/** Throws unless the node is a replica of that primary, or has its slots already. */
const isTaken = (replica: EngineNode, primary: EngineNode, forming: Pick<Forming, 'credentials'>): Promise<boolean> =>
  on(replica, forming, async (session) => {
    const { me, members } = await viewOf(session);
    if (me.role === 'primary' && me.slots.length > 0) return true;
    if (me.role === 'primary') throw new WrongNodeState(replica.name, 'it belongs to no shard.');
    const former = members.find(({ id }) => id === me.primaryId);
    if (!former || addressIn(former) !== addressTextOf(primary)) throw new WrongNodeState(replica.name, `it is no replica of ${primary.name}.`);
    return false;
  });

/** Answers when the primary itself sees the node as its replica. */
const waitUntilKnown = (replica: EngineNode, primary: EngineNode, forming: Pick<Forming, 'credentials'>, timeoutMs: number): Promise<true> =>
  on(primary, forming, (session) =>
    waitFor(
      async () => {
        const { me, members } = await viewOf(session);
        return members.some((member) => addressIn(member) === addressTextOf(replica) && member.primaryId === me.id) ? true : undefined;
      },
      { timeoutMs, intervalMs: POLL_MS, onTimeout: () => new PromotionTimedOut(replica.name, `${primary.name} does not know it as its replica.`) },
    ),
  );

const isDoneIn = async (timeoutMs: number, replica: EngineNode, primary: EngineNode, credentials: EngineCredentials): Promise<boolean> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const [taker, giver] = [await shardHealth(replica, credentials), await shardHealth(primary, credentials)];
    if (taker.reachable && taker.role === 'primary' && giver.reachable && giver.role === 'replica' && giver.streaming) return true;
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
};
