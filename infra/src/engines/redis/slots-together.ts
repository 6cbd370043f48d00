import type { EngineCredentials } from '@holdfast/domain';
import { WrongNodeState } from '../../engine-support/node-errors.js';
import { waitFor } from '../../engine-support/waiting.js';
import { rangesOf } from './cluster-view.js';
import type { ShardMember } from './shard-members.js';
import { batchesOf, type SlotMove } from './slot-plan.js';
import { IMPORT_RIGHTS } from './users.js';

const POLL_MS = 20;
/** Far above what 512 slots may take over a slow network; the step's own deadline ends it before. */
const JOB_TIMEOUT_MS = 12 * 60 * 60_000;

/** What CLUSTER GETSLOTMIGRATIONS tells of one: https://valkey.io/commands/cluster-getslotmigrations/ */
interface Job {
  readonly name: string;
  readonly state: string;
  readonly message: string;
}

const ENDED: readonly string[] = ['success', 'failed', 'cancelled', 'canceled'];

const jobsOf = async ({ session }: ShardMember): Promise<Job[]> =>
  ((await session.ask('CLUSTER', 'GETSLOTMIGRATIONS')) as (string | number)[][]).map((flat) => {
    const field = (name: string): string => String(flat[flat.indexOf(name) + 1] ?? '');
    return { name: field('name'), state: field('state'), message: field('message') };
  });

/** The giver writes to the taker as the members' own user. Not kept: a node that restarts is allowed again by the next call. */
export const allowImports = async (members: readonly ShardMember[], { replication }: EngineCredentials): Promise<void> => {
  for (const { session } of members) await session.ask('ACL', 'SETUSER', replication.user, ...IMPORT_RIGHTS);
};

/** Answers when nothing is on its way any more that an earlier try began: the servers bring it to an end by themselves. */
export const waitUntilIdle = async (members: readonly ShardMember[], signal: AbortSignal): Promise<void> => {
  for (const member of members) await waitForJobs(member, signal, async () => (await jobsOf(member)).every(({ state }) => ENDED.includes(state)));
};

/**
 * The servers move slots by themselves: the giver sends a copy and what is written meanwhile, holds its clients for the rest, and the
 * taker serves. Until then the giver serves all, so whatever is killed in the middle leaves no slot half moved.
 * Source: https://valkey.io/topics/atomic-slot-migration/
 */
export const moveTogether = async (moves: readonly SlotMove[], members: readonly ShardMember[], { signal, onMoved }: { signal: AbortSignal; onMoved: (slots: number) => void }): Promise<void> => {
  let moved = 0;
  for (const { from, to, slots } of batchesOf(moves)) {
    const [giver, taker] = [members[from], members[to]];
    if (!giver || !taker) throw new Error(`No primary has the place ${giver ? to : from}.`);
    signal.throwIfAborted();
    await moveBatch(slots, giver, taker, signal);
    onMoved((moved += slots.length));
  }
};

const moveBatch = async (slots: readonly number[], giver: ShardMember, taker: ShardMember, signal: AbortSignal): Promise<void> => {
  const before = new Set((await jobsOf(giver)).map(({ name }) => name));
  await giver.session.ask('CLUSTER', 'MIGRATESLOTS', 'SLOTSRANGE', ...rangesOf(slots).flat().map(String), 'NODE', taker.id);
  const job = await waitForJobs(giver, signal, async () => (await jobsOf(giver)).find(({ name, state }) => !before.has(name) && ENDED.includes(state)));
  if (job.state !== 'success') throw new WrongNodeState(giver.name, `${slots.length} slots did not move to ${taker.name} (${job.state}): ${job.message || 'the server does not say why'}.`);
};

/** When it is told to stop, the servers give the move up, and the giver goes on as if nothing had been. */
const waitForJobs = async <T>(member: ShardMember, signal: AbortSignal, look: () => Promise<T | undefined | false>): Promise<T> => {
  try {
    return await waitFor(async () => (await look()) || undefined, {
      timeoutMs: JOB_TIMEOUT_MS,
      intervalMs: POLL_MS,
      signal,
      onTimeout: () => new WrongNodeState(member.name, 'a move of its slots does not end.'),
    });
  } catch (error) {
    if (signal.aborted) await member.session.ask('CLUSTER', 'CANCELSLOTMIGRATIONS');
    throw error;
  }
};
