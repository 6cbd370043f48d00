import type { EngineCredentials, EngineNode, LogPosition } from '@holdfast/domain';
import { ReplicaNotReady, StopTimedOut, WrongNodeState } from '../../engine-support/node-errors.js';
import { waitFor } from '../../engine-support/waiting.js';
import type { Dialect } from './dialect.js';
import { type Address, addressOf, type Role, roleOf } from './role.js';
import { promote } from './primary.js';
import { applyRole, type Server } from './server.js';
import { errorCode, isConnectionProblem, type Session, withSession, withSessionAt } from './session.js';
import { killConnection, listConnections, readState } from './state.js';

/** A replica that is fed has applied what was just written within milliseconds. */
const CONFIRM_TIMEOUT_MS = 1_000;

/** Those who are connected at the moment, by the address that they report. */
const connectedReplicas = async (session: Session): Promise<Address[]> =>
  (await session.query(session.dialect.listReplicas)).map((row) => ({ host: row['Host'] ?? '', port: Number(row['Port']) }));

/** Answers when the replica itself says that it has applied the position. */
const confirm = async (dialect: Dialect, replica: Address, position: LogPosition, credentials: EngineCredentials, timeoutMs: number): Promise<void> => {
  const name = `${replica.host}:${replica.port}`;
  const late = (): Error => new ReplicaNotReady(name, `it did not confirm ${position} in ${timeoutMs} ms.`);
  const look = async (session: Session): Promise<true | undefined> => (dialect.hasReached((await readState(session)).position, position) ? true : undefined);
  try {
    await withSessionAt(dialect, name, replica, credentials.superuser, (session) => waitFor(() => look(session), { timeoutMs, onTimeout: late }), { timeoutMs });
  } catch (error) {
    if (isConnectionProblem(error)) throw late();
    throw error;
  }
};

/** The candidate must be fed and answer. */
export const prepareSwitchover = async (dialect: Dialect, primary: EngineNode, candidate: EngineNode, credentials: EngineCredentials): Promise<void> => {
  const position = await withSession(dialect, primary, credentials.superuser, async (session) => {
    const state = await readState(session);
    if (state.readOnly) throw new WrongNodeState(primary.name, 'it is not the primary.');
    const { host, port } = addressOf(candidate);
    if (!(await connectedReplicas(session)).some((replica) => replica.host === host && replica.port === port)) throw new ReplicaNotReady(candidate.name, `it does not stream from ${primary.name}.`);
    return state.position;
  });
  try {
    await confirm(dialect, addressOf(candidate), position, credentials, CONFIRM_TIMEOUT_MS);
  } catch (error) {
    if (error instanceof ReplicaNotReady) throw new ReplicaNotReady(candidate.name, error.message);
    throw error;
  }
};

/**
 * Makes the primary refuse writes, ends all connections of clients, and answers when every connected replica has applied its last
 * write. Then its role is written down, so that it comes back fenced after a restart.
 *
 * @throws StopTimedOut when that takes too long; the primary then serves again.
 */
export const fence = async (server: Server, node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<LogPosition> => {
  const role = await roleOf(node);
  if (role === undefined || role.role === 'replica') throw new WrongNodeState(node.name, 'it is not the primary.');
  await server.start(node, credentials);
  return withSession(server.dialect, node, credentials.superuser, async (session) => {
    if (role.role === 'primary') {
      try {
        await refuseWrites(session, credentials, timeoutMs);
      } catch (error) {
        await applyRole(session, role);
        if (!(error instanceof ReplicaNotReady) && !LOCKED.includes(errorCode(error))) throw error;
        throw new StopTimedOut(node.name, `not every replica took over all it wrote in ${timeoutMs} ms; it serves again. ${String(error)}`);
      }
      await becomeFenced(server, node, role, session);
    }
    return (await readState(session)).position;
  });
};

/** What a statement says that was not let in by others before its limit. */
const LOCKED = ['ER_LOCK_WAIT_TIMEOUT', 'PROTOCOL_SEQUENCE_TIMEOUT'];

const refuseWrites = async (session: Session, credentials: EngineCredentials, timeoutMs: number): Promise<void> => {
  await endClients(session, credentials);
  // Waits for commits that are under way, and for those who locked tables.
  await session.query(`SET SESSION lock_wait_timeout = ${Math.max(1, Math.floor(timeoutMs / 1000))}`);
  await session.query(session.dialect.refuseWrites, [], timeoutMs + 1_000);
  await endClients(session, credentials);
  const { position } = await readState(session);
  await Promise.all((await connectedReplicas(session)).map((replica) => confirm(session.dialect, replica, position, credentials, timeoutMs)));
};

const becomeFenced = async (server: Server, node: EngineNode, { requiredAcks }: Role, session: Session): Promise<void> => {
  const fenced: Role = { role: 'fenced', requiredAcks };
  await server.saveRole(node, fenced);
  await applyRole(session, fenced);
};

/** Accounts of the server's own threads, and of connections that are not let in yet. */
const SERVERS_OWN = ['system user', 'event_scheduler', 'unauthenticated user'];

/** Ends every connection but our own accounts' and the replicas': clients come back through the endpoint. */
export const endClients = async (session: Session, { superuser, replication }: EngineCredentials): Promise<void> => {
  const spared = [...SERVERS_OWN, superuser.user, replication.user];
  const clients = (await listConnections(session)).filter(({ user, command }) => !spared.includes(user) && !command.startsWith('Binlog Dump') && command !== 'Daemon');
  for (const { id } of clients) await killConnection(session, id);
};

/** The way back; answers when it accepts writes. */
export const unfence = async (server: Server, node: EngineNode, credentials: EngineCredentials): Promise<void> => {
  const role = await roleOf(node);
  if (role === undefined || role.role === 'replica') throw new WrongNodeState(node.name, 'it is not a fenced primary.');
  await server.start(node, credentials);
  await promote(server, node, credentials);
};

/** Waits until the node has applied everything up to the position. */
export const waitForPosition = async (dialect: Dialect, node: EngineNode, position: LogPosition, credentials: EngineCredentials, timeoutMs: number): Promise<void> => {
  let seen = 'nothing';
  await withSession(dialect, node, credentials.superuser, (session) =>
    waitFor(
      async () => {
        seen = (await readState(session)).position;
        return dialect.hasReached(seen, position) ? true : undefined;
      },
      { timeoutMs, onTimeout: () => new ReplicaNotReady(node.name, `it has applied ${seen}, not ${position}, in ${timeoutMs} ms.`) },
    ),
  );
};
