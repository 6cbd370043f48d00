import type { EngineCredentials, EngineNode, MoveOptions } from '@holdfast/domain';
import { WrongNodeState } from '../../engine-support/node-errors.js';
import { waitFor } from '../../engine-support/waiting.js';
import { type ClusterView, SLOT_COUNT, viewOf } from './cluster-view.js';
import { parseInfo } from './info.js';
import { messageOf } from './session.js';
import { type ShardMember as Member, withMembers } from './shard-members.js';
import { planMoves, type SlotMove } from './slot-plan.js';
import { allowImports, moveTogether, waitUntilIdle } from './slots-together.js';

/** Each change of an owner is written to the disk, once for all that come together over connections of their own. */
const LANES = 8;
/** Both servers stand still while keys travel: few at a time, so that clients hardly notice. */
const KEYS_AT_A_TIME = 20;
/** Of one handful of keys between two servers. */
const MIGRATE_TIMEOUT_MS = 10_000;
const PROGRESS_INTERVAL_MS = 1_000;
/** Gossip tells every node within a second or two. */
const AGREEMENT_TIMEOUT_MS = 60_000;
const AGREEMENT_POLL_MS = 50;

export interface Move {
  readonly primaries: readonly EngineNode[];
  /** Who shall hold slots; the others give all they have. */
  readonly takesPart: (node: EngineNode) => boolean;
  readonly credentials: EngineCredentials;
  readonly options: MoveOptions;
  /** The servers move many slots at once by themselves (Valkey 9). */
  readonly together: boolean;
}

/**
 * Moves slots until those that take part hold even shares, while clients write. Where the servers cannot do it by themselves, a
 * handful at a time: each key is served by the node that has it, which sends clients to the other for those it has no more (ASK).
 * Protocol: https://valkey.io/topics/cluster-spec/ ("Cluster live reconfiguration").
 */
export const moveToEvenShares = async ({ primaries, takesPart, credentials, options, together }: Move): Promise<void> => {
  await withMembers(primaries, credentials, async (members) => {
    await Promise.all(members.map((member) => waitUntilServing(member, options.signal)));
    if (together) await waitUntilIdle(members, options.signal);
    await closeOpenSlots(members, credentials, options.signal);
    const views = await Promise.all(members.map(({ session }) => viewOf(session)));
    const moves = planMoves(views.map((view) => view.me.slots), primaries.map(takesPart));
    const progress = reporter(moves.length, options);
    if (together) {
      await allowImports(members, credentials);
      await moveTogether(moves, members, { signal: options.signal, onMoved: progress });
    } else {
      await moveInLanes(moves, { primaries, credentials, signal: options.signal, onMoved: progress });
    }
    await waitForAgreement(members);
  });
};

interface Lanes extends Pick<Move, 'primaries' | 'credentials'> {
  readonly signal: AbortSignal;
  readonly onMoved: (slots: number) => void;
}

/** Each lane moves one slot after the other; when one of them ends early, so do the others, between two slots. */
const moveInLanes = async (moves: readonly SlotMove[], { primaries, credentials, signal, onMoved }: Lanes): Promise<void> => {
  const waiting = [...moves];
  let moved = 0;
  const lane = (): Promise<void> => withMembers(primaries, credentials, async (members) => {
    for (let move = waiting.shift(); move !== undefined; move = waiting.shift()) {
      signal.throwIfAborted();
      await moveSlot(move.slot, partyOf(members, move, 'from'), partyOf(members, move, 'to'), credentials);
      onMoved((moved += 1));
    }
  });
  const ends = await Promise.allSettled(Array.from({ length: Math.min(LANES, moves.length) }, () => lane().catch((error: unknown) => {
    waiting.length = 0;
    throw error;
  })));
  const broken = ends.find((end) => end.status === 'rejected');
  if (broken) throw broken.reason;
};

/** A node that has just come to the cluster, or back to it, takes no keys for two seconds (CLUSTER_WRITABLE_DELAY). */
const waitUntilServing = async ({ name, session }: Member, signal: AbortSignal): Promise<void> => {
  await waitFor(async () => (parseInfo(await session.text('CLUSTER', 'INFO')).get('cluster_state') === 'ok' ? true : undefined), {
    timeoutMs: AGREEMENT_TIMEOUT_MS,
    intervalMs: AGREEMENT_POLL_MS,
    signal,
    onTimeout: () => new WrongNodeState(name, 'it does not take part in its cluster.'),
  });
};

const partyOf = (members: readonly Member[], move: SlotMove, side: 'from' | 'to'): Member => {
  const member = members[move[side]];
  if (!member) throw new Error(`No primary has the place ${move[side]}.`);
  return member;
};

const reporter = (slotsToMove: number, { onProgress }: MoveOptions): ((slotsMoved: number) => void) => {
  let told = 0;
  return (slotsMoved) => {
    if (slotsMoved < slotsToMove && performance.now() - told < PROGRESS_INTERVAL_MS) return;
    told = performance.now();
    onProgress({ slotsMoved, slotsToMove });
  };
};

/** What an earlier try left open goes on to where it was going. */
const closeOpenSlots = async (members: readonly Member[], credentials: EngineCredentials, signal: AbortSignal): Promise<void> => {
  for (const member of members) {
    const view = await viewOf(member.session);
    for (const { slot, peerId } of view.migrating) {
      signal.throwIfAborted();
      await closeSlot(slot, { from: member, to: members.find(({ id }) => id === peerId) }, credentials);
    }
    for (const { slot, peerId } of view.importing) {
      signal.throwIfAborted();
      await closeSlot(slot, { from: members.find(({ id }) => id === peerId), to: member }, credentials);
    }
  }
};

/** One of the two may be no member any more: then the other serves the slot alone. */
const closeSlot = async (slot: number, { from, to }: { from: Member | undefined; to: Member | undefined }, credentials: EngineCredentials): Promise<void> => {
  if (from && to) return moveSlot(slot, from, to, credentials);
  await (from ?? to)?.session.ask('CLUSTER', 'SETSLOT', String(slot), 'STABLE');
};

/**
 * May be repeated at any point. The node that gets the slot is told first at both ends: at the beginning, so that no client is sent to
 * one that refuses it; at the end, so that there is always one that serves it.
 */
const moveSlot = async (slot: number, from: Member, to: Member, credentials: EngineCredentials): Promise<void> => {
  const setSlot = (member: Member, ...how: string[]): Promise<unknown> => member.session.ask('CLUSTER', 'SETSLOT', String(slot), ...how);
  await unlessDone(/already the owner/i, () => setSlot(to, 'IMPORTING', from.id));
  await unlessDone(/not the owner/i, () => setSlot(from, 'MIGRATING', to.id));
  await moveKeys(slot, from, to, credentials);
  await setSlot(to, 'NODE', to.id);
  await setSlot(from, 'NODE', to.id);
};

const unlessDone = async (done: RegExp, work: () => Promise<unknown>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!done.test(messageOf(error))) throw error;
  }
};

/** REPLACE: while the giver has a key, its value counts; the other's is what a broken-off try left there. */
const moveKeys = async (slot: number, from: Member, to: Member, { replication }: EngineCredentials): Promise<void> => {
  for (;;) {
    const keys = (await from.session.ask('CLUSTER', 'GETKEYSINSLOT', String(slot), String(KEYS_AT_A_TIME))) as string[];
    if (keys.length === 0) return;
    const target = [to.address.host, String(to.address.port), '', '0', String(MIGRATE_TIMEOUT_MS)];
    await from.session.ask('MIGRATE', ...target, 'REPLACE', 'AUTH2', replication.user, replication.password, 'KEYS', ...keys);
  }
};

/** Answers when each primary sees the same owner of every slot. */
const waitForAgreement = async (members: readonly Member[]): Promise<void> => {
  const [first] = members;
  if (!first) return;
  await waitFor(
    async () => {
      const views = await Promise.all(members.map(({ session }) => viewOf(session)));
      return views.every((view) => ownersOf(view) === ownersOf(views[0] ?? view)) && isWhole(views[0]) ? true : undefined;
    },
    { timeoutMs: AGREEMENT_TIMEOUT_MS, intervalMs: AGREEMENT_POLL_MS, onTimeout: () => new WrongNodeState(first.name, 'its cluster does not agree on who serves which slot.') },
  );
};

const ownersOf = (view: ClusterView): string => view.members.filter(({ slots }) => slots.length > 0).map(({ id, slots }) => `${id} ${slots.join()}`).sort().join('\n');
const isWhole = (view: ClusterView | undefined): boolean => view?.members.reduce((sum, { slots }) => sum + slots.length, 0) === SLOT_COUNT;
