import type { EngineCredentials, EngineNode, LogPosition } from '@holdfast/domain';
import { NodeNotAnswering, ReplicaNotReady, StopTimedOut, WrongNodeState } from '../../engine-support/node-errors.js';
import { type ConnectedReplica, hasReached, parseClients, positionOf, readState } from './info.js';
import { promote } from './primary.js';
import { NOBODY, replicaOf, roleOf, saveRole } from './role.js';
import type { Server } from './server.js';
import { type Address, isConnectionProblem, type Session, withSession, withSessionAt } from './session.js';
import { waitFor } from '../../engine-support/waiting.js';

/** A replica that is fed has applied what was just written within milliseconds. */
const CONFIRM_TIMEOUT_MS = 1_000;
/** Writers wait while a primary is being fenced, and for this long at most after the driver itself was killed. */
const PAUSE_MARGIN_MS = 2_000;

const isAt = (replica: ConnectedReplica, { machine, port }: EngineNode): boolean => replica.host === machine.address && replica.port === port;
const onlineReplicas = async (session: Session): Promise<ConnectedReplica[]> => (await readState(session)).replicas.filter(({ online }) => online);

/**
 * Answers when the replica itself says that it has applied the position. The primary's own knowledge is up to a second old, and it
 * cannot ask (WAIT) while writes are paused: that would write to the log.
 */
const confirm = async (replica: Address, position: LogPosition, credentials: EngineCredentials, timeoutMs: number): Promise<void> => {
  const late = (): Error => new ReplicaNotReady(`${replica.host}:${replica.port}`, `it did not confirm ${position} in ${timeoutMs} ms.`);
  const limits = { connectTimeoutMs: timeoutMs, commandTimeoutMs: timeoutMs };
  await withSessionAt(`${replica.host}:${replica.port}`, replica, credentials.superuser, (session) =>
    waitFor(async () => (hasReached(await readState(session), position) ? true : undefined), { timeoutMs, onTimeout: late }), limits);
};

const confirms = async (...args: Parameters<typeof confirm>): Promise<boolean> => {
  try {
    await confirm(...args);
    return true;
  } catch (error) {
    if (error instanceof ReplicaNotReady || isConnectionProblem(error)) return false;
    throw error;
  }
};

/** The candidate must be fed and answer; a replica that does not answer is disconnected, for the fencing would wait for it. */
export const prepareSwitchover = async (primary: EngineNode, candidate: EngineNode, credentials: EngineCredentials): Promise<void> => {
  await withSession(primary, credentials.superuser, async (session) => {
    const state = await readState(session);
    if (state.role !== 'primary') throw new WrongNodeState(primary.name, 'it is not the primary.');
    const online = state.replicas.filter((replica) => replica.online);
    if (!online.some((replica) => isAt(replica, candidate))) throw new ReplicaNotReady(candidate.name, `it does not stream from ${primary.name}.`);
    const answers = await Promise.all(online.map((replica) => confirms(replica, positionOf(state), credentials, CONFIRM_TIMEOUT_MS)));
    const silent = online.filter((_, at) => !answers[at]);
    if (silent.some((replica) => isAt(replica, candidate))) throw new ReplicaNotReady(candidate.name, `it did not confirm ${positionOf(state)} in ${CONFIRM_TIMEOUT_MS} ms.`);
    await disconnect(session, silent);
  });
};

const disconnect = async (session: Session, replicas: readonly ConnectedReplica[]): Promise<void> => {
  if (replicas.length === 0) return;
  const connections = parseClients(await session.text('CLIENT', 'LIST', 'TYPE', 'replica'));
  const ids = connections.filter((client) => replicas.some(({ host }) => (client.get('addr') ?? '').startsWith(`${host}:`))).map((client) => client.get('id') ?? '');
  for (const id of ids) await session.ask('CLIENT', 'KILL', 'ID', id);
};

/**
 * Makes the primary a replica of nobody: it refuses writes, its log does not grow by a byte, and it comes back so after a restart.
 *
 * Writers are held first, for a bounded time, until every connected replica has applied all; so a driver that is killed here leaves
 * a primary that serves on. Then the role's file is written and the server told. Connections are ended: clients come back through
 * the endpoint and find the new primary.
 *
 * @throws StopTimedOut when a replica does not confirm in time; the primary then serves again.
 */
export const fence = async (server: Server, node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<LogPosition> => {
  const role = await roleOf(node);
  if (role?.role !== 'primary' && role?.role !== 'fenced') throw new WrongNodeState(node.name, 'it is not the primary.');
  await server.start(node, credentials);
  return withSession(node, credentials.superuser, async (session) => {
    const state = await readState(session);
    if (role.role === 'fenced' && state.role === 'replica') return role.position;
    await session.ask('CLIENT', 'PAUSE', String(timeoutMs + PAUSE_MARGIN_MS), 'WRITE');
    try {
      await confirmAll(node, session, credentials, timeoutMs);
    } catch (error) {
      await session.ask('CLIENT', 'UNPAUSE');
      throw error;
    }
    return becomeReplicaOfNobody(node, session);
  });
};

/** Nobody writes meanwhile, so what each has now is all there is. */
const confirmAll = async (node: EngineNode, session: Session, credentials: EngineCredentials, timeoutMs: number): Promise<void> => {
  const position = positionOf(await readState(session));
  try {
    await Promise.all((await onlineReplicas(session)).map((replica) => confirm(replica, position, credentials, timeoutMs)));
  } catch (error) {
    if (!(error instanceof ReplicaNotReady) && !(error instanceof NodeNotAnswering)) throw error;
    throw new StopTimedOut(node.name, `not every replica took over all it wrote in ${timeoutMs} ms; it serves again. ${error.message}`);
  }
};

const becomeReplicaOfNobody = async (node: EngineNode, session: Session): Promise<LogPosition> => {
  const position = positionOf(await readState(session));
  await saveRole(node, { role: 'fenced', position });
  await session.ask(...replicaOf(NOBODY));
  await endClients(session);
  await session.ask('CLIENT', 'UNPAUSE');
  const atRest = positionOf(await readState(session));
  // A sign of life for the replicas may have been written in between.
  if (atRest !== position) await saveRole(node, { role: 'fenced', position: atRest });
  return atRest;
};

/** Ends every connection but our own and the replicas'. */
export const endClients = async (session: Session): Promise<void> => {
  for (const type of ['normal', 'pubsub']) await session.ask('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
};

/** The way back. Its replicas go on where they were: the new history knows the one that it continues. */
export const unfence = async (server: Server, node: EngineNode, credentials: EngineCredentials): Promise<void> => {
  const role = await roleOf(node);
  if (role?.role !== 'primary' && role?.role !== 'fenced') throw new WrongNodeState(node.name, 'it is not a fenced primary.');
  await server.start(node, credentials);
  await promote(node, credentials);
  await withSession(node, credentials.superuser, (session) => session.ask('CLIENT', 'UNPAUSE'));
};

/** Waits until the node has applied everything up to the position. */
export const waitForPosition = async (node: EngineNode, position: LogPosition, credentials: EngineCredentials, timeoutMs: number): Promise<void> => {
  let seen = 'nothing';
  await withSession(node, credentials.superuser, (session) =>
    waitFor(
      async () => {
        const state = await readState(session);
        seen = positionOf(state);
        return hasReached(state, position) ? true : undefined;
      },
      { timeoutMs, onTimeout: () => new ReplicaNotReady(node.name, `it has applied ${seen}, not ${position}, in ${timeoutMs} ms.`) },
    ),
  );
};

