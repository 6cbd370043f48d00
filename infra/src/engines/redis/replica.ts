import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { ReplicaNotReady, WrongNodeState } from '../../engine-support/node-errors.js';
import { hasReached, isOfHistory, positionOf, readState, type ReplicationState } from './info.js';
import { LAYOUT } from './layout.js';
import { replicaOf, roleOf, saveRole } from './role.js';
import type { Server } from './server.js';
import { addressOf, type Session, withSession } from './session.js';
import { reserveReplica } from './users.js';
import { waitFor } from '../../engine-support/waiting.js';

/** A copy goes on for as long as it is being made; one that is not even begun after this long will not be. */
const NO_PROGRESS_TIMEOUT_MS = 60_000;
/** Far above what a network may take for the largest data set; the step's own deadline ends it before. */
const COPY_TIMEOUT_MS = 24 * 60 * 60_000;
const COPY_POLL_MS = 10;

/**
 * The first copy of an upstream's data, which is replication's own full synchronisation. A mark lies on the node until it is
 * complete; what carries it is thrown away by the next call, and does not start.
 */
export const cloneFrom = async (server: Server, node: EngineNode, upstream: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void> => {
  const { machine } = node;
  const unfinished = await machine.fileExists(LAYOUT.unfinished);
  if (!unfinished && (await roleOf(node)) !== undefined) return;
  signal.throwIfAborted();
  await machine.writeFile(LAYOUT.unfinished, '');
  await server.stopInAnyCase(node);
  await machine.removePath(LAYOUT.data);
  await reserveReplica(upstream, node.name, credentials);
  await server.startAs(node, { role: 'replica', upstream: addressOf(upstream) }, credentials);
  try {
    await waitUntilLinked(server, node, credentials, signal);
    signal.throwIfAborted();
  } catch (error) {
    if (signal.aborted) await server.stopInAnyCase(node);
    throw error;
  }
  await machine.removePath(LAYOUT.unfinished);
};

/** Points a node that holds a copy to its upstream, started when it does not run. A primary is not made a replica this way. */
export const followUpstream = async (server: Server, node: EngineNode, upstream: EngineNode, credentials: EngineCredentials): Promise<void> => {
  if (await node.machine.fileExists(LAYOUT.unfinished)) throw new WrongNodeState(node.name, 'its copy of the data is not complete.');
  const role = await roleOf(node);
  if (role?.role !== 'replica') throw new WrongNodeState(node.name, role === undefined ? 'it has no data yet.' : 'it is a primary, and must rejoin to become a replica.');
  await reserveReplica(upstream, node.name, credentials);
  // The file first: whenever the server starts, it follows the new upstream.
  await saveRole(node, { role: 'replica', upstream: addressOf(upstream) });
  await server.startWhole(node, credentials);
  await withSession(node, credentials.superuser, (session) => pointTo(session, upstream));
};

/** Nothing to do when it follows the upstream already. */
export const pointTo = async (session: Session, upstream: EngineNode): Promise<void> => {
  if (!isPointedTo(await readState(session), upstream)) await session.ask(...replicaOf(addressOf(upstream)));
};

export const isPointedTo = (state: ReplicationState, upstream: EngineNode): boolean =>
  state.role === 'replica' && state.upstream?.host === upstream.machine.address && state.upstream.port === upstream.port;

/** Answers when the replica is connected and holds a whole copy, however long that takes while it goes on. */
export const waitUntilLinked = async (server: Server, node: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void> => {
  let deadline = performance.now() + NO_PROGRESS_TIMEOUT_MS;
  const notFed = async (): Promise<Error> => new ReplicaNotReady(node.name, 'its upstream does not feed it.', await server.logTail(node));
  await waitFor(
    async () => {
      const state = await server.look(node, credentials);
      if (state?.linkUp && !state.loading) return true;
      if (state?.syncing || state?.loading) deadline = performance.now() + NO_PROGRESS_TIMEOUT_MS;
      if (performance.now() > deadline) throw await notFed();
      return undefined;
    },
    { timeoutMs: COPY_TIMEOUT_MS, intervalMs: COPY_POLL_MS, signal, onTimeout: notFed },
  );
};

/**
 * Answers when the replica has applied what the upstream had at the call. The goal is set when the replica is linked: a primary that
 * was restarted begins a new history with its first replica, and a position of before has no meaning in it.
 */
export const waitUntilCaughtUp = async (server: Server, node: EngineNode, upstream: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void> => {
  await waitUntilLinked(server, node, credentials, signal);
  const readGoal = async (): Promise<string> => positionOf(await withSession(upstream, credentials.superuser, readState));
  let goal = await readGoal();
  await withSession(node, credentials.superuser, (session) =>
    waitFor(
      async () => {
        const state = await readState(session);
        if (state.linkUp && hasReached(state, goal)) return true;
        if (state.linkUp && !isOfHistory(state, goal)) goal = await readGoal();
        return undefined;
      },
      { timeoutMs: COPY_TIMEOUT_MS, signal, onTimeout: () => new ReplicaNotReady(node.name, `it did not reach ${goal}.`) },
    ),
  );
};
