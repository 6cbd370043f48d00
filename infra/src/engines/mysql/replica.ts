import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { ReplicaNotReady, WrongNodeState } from '../../engine-support/node-errors.js';
import { waitFor } from '../../engine-support/waiting.js';
import { releaseAllReplicas, replicaAccount, reserveReplica, toolPassword } from './accounts.js';
import { LAYOUT } from './layout.js';
import { roleOf } from './role.js';
import type { Server } from './server.js';
import { applyRole } from './server.js';
import { type Session, withSession } from './session.js';
import { hasReached, readState, type ReplicationState } from './state.js';

/** One that is not fed for so long will not be. */
const NO_PROGRESS_TIMEOUT_MS = 60_000;
/** The step's own deadline ends it before. */
const CATCH_UP_TIMEOUT_MS = 24 * 60 * 60_000;

/** Points a node that holds a copy to its upstream, started when it does not run. A primary is not made a replica this way. */
export const followUpstream = async (server: Server, node: EngineNode, upstream: EngineNode, credentials: EngineCredentials): Promise<void> => {
  if (await node.machine.fileExists(LAYOUT.unfinished)) throw new WrongNodeState(node.name, 'its copy of the data is not complete.');
  const role = await roleOf(node);
  if (role?.role !== 'replica') throw new WrongNodeState(node.name, role === undefined ? 'it has no data yet.' : 'it is a primary, and must rejoin to become a replica.');
  await reserveReplica(upstream, node.name, credentials);
  await server.start(node, credentials);
  await withSession(node, credentials.superuser, async (session) => {
    await applyRole(session, role);
    if (role.seed !== undefined) await plant(session, role.seed);
    await pointTo(session, node, upstream, credentials);
  });
  const { seed, ...rest } = role;
  if (seed !== undefined) await server.saveRole(node, rest);
};

/** A copy carries what its upstream knew of its own upstream and replicas. One that went on already was planted by a call that was killed. */
const plant = async (session: Session, seed: string): Promise<void> => {
  const [own] = await session.query('SELECT @@global.gtid_slave_pos AS applied');
  if (!hasReached(own?.['applied'] ?? '', seed)) {
    await session.query('STOP SLAVE');
    await session.query('SET GLOBAL gtid_slave_pos = ?', [seed]);
  }
  await releaseAllReplicas(session);
};

/** Nothing to do when it follows the upstream already. */
export const pointTo = async (session: Session, node: EngineNode, upstream: EngineNode, credentials: EngineCredentials): Promise<void> => {
  if (isFollowing(await readState(session), upstream)) return;
  await session.query('STOP SLAVE');
  await session.query(
    'CHANGE MASTER TO MASTER_HOST = ?, MASTER_PORT = ?, MASTER_USER = ?, MASTER_PASSWORD = ?, MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 2, MASTER_USE_GTID = slave_pos',
    [upstream.machine.address, upstream.port, replicaAccount(node.name), toolPassword(credentials)],
  );
  await session.query('START SLAVE');
};

export const isPointedTo = ({ upstream }: ReplicationState, node: EngineNode): boolean => upstream?.host === node.machine.address && upstream.port === node.port;

export const isFollowing = (state: ReplicationState, upstream: EngineNode): boolean => isPointedTo(state, upstream) && state.upstream?.receiving === true && state.upstream.applying;

/** Answers when the replica streams and has applied what the upstream had at the call. */
export const waitUntilCaughtUp = async (node: EngineNode, upstream: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void> => {
  const goal = (await withSession(upstream, credentials.superuser, readState)).position;
  let last = '';
  let movedAt = performance.now();
  await withSession(node, credentials.superuser, (session) =>
    waitFor(
      async () => {
        const state = await readState(session);
        if (isFollowing(state, upstream) && hasReached(state.position, goal)) return true;
        if (state.position !== last || (state.upstream?.unappliedBytes ?? 0) > 0) movedAt = performance.now();
        last = state.position;
        if (performance.now() - movedAt > NO_PROGRESS_TIMEOUT_MS) throw new ReplicaNotReady(node.name, `its upstream does not feed it. ${state.upstream?.problem ?? ''}`.trim());
        return undefined;
      },
      { timeoutMs: CATCH_UP_TIMEOUT_MS, signal, onTimeout: () => new ReplicaNotReady(node.name, `it did not reach ${goal}.`) },
    ),
  );
};
