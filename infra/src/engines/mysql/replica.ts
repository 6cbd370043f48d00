import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { ReplicaNotReady, WrongNodeState } from '../../engine-support/node-errors.js';
import { waitFor } from '../../engine-support/waiting.js';
import { releaseAllReplicas, replicaAccount, reserveReplica, toolPassword } from './accounts.js';
import type { Dialect } from './dialect.js';
import { LAYOUT } from './layout.js';
import { roleOf } from './role.js';
import type { Server } from './server.js';
import { applyRole } from './server.js';
import { type Session, withSession } from './session.js';
import { readState, type ReplicationState } from './state.js';

/** One that is not fed for so long will not be. */
const NO_PROGRESS_TIMEOUT_MS = 60_000;
/** The step's own deadline ends it before. */
const CATCH_UP_TIMEOUT_MS = 24 * 60 * 60_000;

/** Points a node that holds a copy to its upstream, started when it does not run. A primary is not made a replica this way. */
export const followUpstream = async (server: Server, node: EngineNode, upstream: EngineNode, credentials: EngineCredentials): Promise<void> => {
  if (await node.machine.fileExists(LAYOUT.unfinished)) throw new WrongNodeState(node.name, 'its copy of the data is not complete.');
  const role = await roleOf(node);
  if (role?.role !== 'replica') throw new WrongNodeState(node.name, role === undefined ? 'it has no data yet.' : 'it is a primary, and must rejoin to become a replica.');
  await reserveReplica(server.dialect, upstream, node.name, credentials);
  await server.start(node, credentials);
  await withSession(server.dialect, node, credentials.superuser, async (session) => {
    await applyRole(session, role);
    if (role.seed !== undefined) await plant(session, role.seed);
    await pointTo(session, node, upstream, credentials);
  });
  const { seed, ...rest } = role;
  if (seed !== undefined) await server.saveRole(node, rest);
};

/** A copy carries what its upstream knew of its own upstream and replicas. */
const plant = async (session: Session, seed: string): Promise<void> => {
  await session.dialect.plant(session, seed);
  await releaseAllReplicas(session);
};

/** Nothing to do when it follows the upstream already. Throws ReplicaNotReady for a node that has what the upstream lacks. */
export const pointTo = async (session: Session, node: EngineNode, upstream: EngineNode, credentials: EngineCredentials): Promise<void> => {
  if (isFollowing(await readState(session), upstream)) return;
  await session.query('STOP REPLICA');
  const errant = await errantOf(session, upstream, credentials);
  if (errant !== undefined) throw new ReplicaNotReady(node.name, `it has transactions that ${upstream.name} lacks: ${errant}. It must be copied anew.`);
  await session.query(session.dialect.changeUpstream, [upstream.machine.address, upstream.port, replicaAccount(node.name), toolPassword(credentials)]);
  await session.query('START REPLICA');
};

/** Asked in this order, since the upstream writes on: what a node that stands still has is missing there, or not. */
export const errantOf = async (session: Session, upstream: EngineNode, credentials: EngineCredentials): Promise<string | undefined> => {
  const own = await readState(session);
  const theirs = await withSession(session.dialect, upstream, credentials.superuser, readState);
  return session.dialect.errant(own.position, theirs.position);
};

export const isPointedTo = ({ upstream }: ReplicationState, node: EngineNode): boolean => upstream?.host === node.machine.address && upstream.port === node.port;

export const isFollowing = (state: ReplicationState, upstream: EngineNode): boolean => isPointedTo(state, upstream) && state.upstream?.receiving === true && state.upstream.applying;

/** Answers when the replica streams and has applied what the upstream had at the call. */
export const waitUntilCaughtUp = async (dialect: Dialect, node: EngineNode, upstream: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void> => {
  const goal = (await withSession(dialect, upstream, credentials.superuser, readState)).position;
  let last = '';
  let movedAt = performance.now();
  await withSession(dialect, node, credentials.superuser, (session) =>
    waitFor(
      async () => {
        const state = await readState(session);
        if (isFollowing(state, upstream) && dialect.hasReached(state.position, goal)) return true;
        if (state.position !== last || (state.upstream?.unappliedBytes ?? 0) > 0) movedAt = performance.now();
        last = state.position;
        if (performance.now() - movedAt > NO_PROGRESS_TIMEOUT_MS) throw new ReplicaNotReady(node.name, `its upstream does not feed it. ${state.upstream?.problem ?? ''}`.trim());
        return undefined;
      },
      { timeoutMs: CATCH_UP_TIMEOUT_MS, signal, onTimeout: () => new ReplicaNotReady(node.name, `it did not reach ${goal}.`) },
    ),
  );
};
