import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { WrongNodeState } from '../../engine-support/node-errors.js';
import { readState, type ReplicationState } from './info.js';
import { LAYOUT, SERVICE } from './layout.js';
import { cloneFrom, isPointedTo, pointTo, waitUntilLinked } from './replica.js';
import { roleOf, saveRole } from './role.js';
import type { Server } from './server.js';
import { addressOf, withSession } from './session.js';
import { endClients } from './switchover.js';
import { releaseAllReplicas, reserveReplica } from './users.js';

export type RejoinWay = 'as-is' | 'clone';

/** Enough to reach back over a long copy's progress lines to where its connection began. */
const LOG_LINES = 2_000;

export interface Rejoin {
  readonly server: Server;
  readonly node: EngineNode;
  readonly upstream: EngineNode;
  readonly credentials: EngineCredentials;
  readonly signal: AbortSignal;
}

/**
 * Makes a former primary a replica. The servers themselves decide: the upstream goes on where the node's history ends when that is
 * a part of its own and still kept, and sends a full copy otherwise. A node that was restarted has forgotten its place in the
 * history (an append-only file does not hold it) and is copied anew.
 */
export const rejoinAsReplica = async (rejoin: Rejoin): Promise<{ way: RejoinWay }> => {
  const { server, node, upstream, credentials, signal } = rejoin;
  await requirePrimary(upstream, credentials);
  await reserveReplica(upstream, node.name, credentials);
  if ((await node.machine.fileExists(LAYOUT.unfinished)) || (await roleOf(node)) === undefined) {
    await cloneFrom(server, node, upstream, credentials, signal);
    return { way: 'clone' };
  }
  const before = await server.look(node, credentials);
  if (before === undefined || !isFollowing(before, upstream)) await turnTo(rejoin);
  await waitUntilLinked(server, node, credentials, signal);
  return { way: wayIn(await node.machine.serviceLog(SERVICE, LOG_LINES)) };
};

const isFollowing = (state: ReplicationState, upstream: EngineNode): boolean => isPointedTo(state, upstream) && state.linkUp;

const requirePrimary = async (upstream: EngineNode, credentials: EngineCredentials): Promise<void> => {
  const { role } = await withSession(upstream, credentials.superuser, readState);
  if (role !== 'primary') throw new WrongNodeState(upstream.name, 'it is not a primary, so no former primary can follow it.');
};

/** The file first: from here on the node comes back as a replica whatever happens. */
const turnTo = async ({ server, node, upstream, credentials }: Rejoin): Promise<void> => {
  await saveRole(node, { role: 'replica', upstream: addressOf(upstream) });
  await server.start(node, credentials);
  await withSession(node, credentials.superuser, async (session) => {
    await pointTo(session, upstream);
    await endClients(session);
    await releaseAllReplicas(session, credentials);
  });
};

/**
 * What a server prints when it turns to an upstream (not when it comes back to one), and when it learns how it gets what it lacks.
 * The words of Redis and of Valkey; the last are those of Redis 8 and Valkey 9 where a copy takes a connection of its own.
 */
const CONNECTING = /Connecting to (?:MASTER|PRIMARY) /;
const GOES_ON = /Successful partial resynchronization with (?:master|primary)/;
const FULL_COPY = /Full resync from (?:master|primary)\b|PSYNC is not possible, initialize RDB channel/;

/** How the node began to follow its upstream. */
export const wayIn = (lines: readonly string[]): RejoinWay => {
  const since = lines.slice(lines.findLastIndex((line) => CONNECTING.test(line)) + 1);
  const outcome = since.find((line) => GOES_ON.test(line) || FULL_COPY.test(line));
  return outcome !== undefined && FULL_COPY.test(outcome) ? 'clone' : 'as-is';
};
