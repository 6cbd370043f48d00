import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { ReplicaNotReady, WrongNodeState } from '../../engine-support/node-errors.js';
import { waitFor } from '../../engine-support/waiting.js';
import { releaseAllReplicas, reserveReplica } from './accounts.js';
import { cloneFrom } from './clone.js';
import { LAYOUT } from './layout.js';
import { errantOf, followUpstream, isFollowing, pointTo } from './replica.js';
import { addressOf, type RejoinWay, type Role, roleOf } from './role.js';
import { applyRole, type Server } from './server.js';
import { type Session, withSession } from './session.js';
import { readState } from './state.js';
import { endClients } from './switchover.js';

/** How long an upstream takes at most to say whether it can go on where the node is. */
const DECISION_TIMEOUT_MS = 60_000;

export interface Rejoin {
  readonly server: Server;
  readonly node: EngineNode;
  readonly upstream: EngineNode;
  readonly credentials: EngineCredentials;
  readonly signal: AbortSignal;
}

/**
 * Makes a former primary a replica. A node that has anything that the upstream lacks is copied anew (MariaDB's upstream refuses it
 * by itself, in strict mode; for MySQL both are compared); so is one that was away too long.
 */
export const rejoinAsReplica = async (rejoin: Rejoin): Promise<{ way: RejoinWay }> => {
  const { server, node, upstream, credentials } = rejoin;
  if ((await withSession(server.dialect, upstream, credentials.superuser, readState)).readOnly) throw new WrongNodeState(upstream.name, 'it is not a primary, so no former primary can follow it.');
  const role = await roleOf(node);
  await reserveReplica(server.dialect, upstream, node.name, credentials);
  if (role === undefined || role.seed !== undefined || (await node.machine.fileExists(LAYOUT.unfinished))) return copyAnew(rejoin);
  const before = role.role === 'replica' ? await server.look(node, credentials) : undefined;
  if (before !== undefined && isFollowing(before, upstream)) return { way: wayOf(role, upstream) };
  return (await goesOn(rejoin, role)) ? { way: 'as-is' } : copyAnew(rejoin);
};

const wayOf = ({ rejoined }: Role, upstream: EngineNode): RejoinWay => {
  const { host, port } = addressOf(upstream);
  return rejoined?.upstream.host === host && rejoined.upstream.port === port ? rejoined.way : 'as-is';
};

/** The file first: from here on the node comes back as a replica whatever happens. */
const goesOn = async ({ server, node, upstream, credentials, signal }: Rejoin, { requiredAcks }: Role): Promise<boolean> => {
  const replica: Role = { role: 'replica', requiredAcks, rejoined: { upstream: addressOf(upstream), way: 'as-is' } };
  await server.saveRole(node, replica);
  await server.start(node, credentials);
  return withSession(server.dialect, node, credentials.superuser, async (session) => {
    await applyRole(session, replica);
    await endClients(session, credentials);
    await releaseAllReplicas(session);
    await session.dialect.standWhereItWrote(session);
    if ((await errantOf(session, upstream, credentials)) !== undefined) return false;
    await pointTo(session, node, upstream, credentials);
    return isTaken(session, node, upstream, signal);
  });
};

const isTaken = (session: Session, node: EngineNode, upstream: EngineNode, signal: AbortSignal): Promise<boolean> =>
  waitFor(
    async () => {
      const state = await readState(session);
      if (session.dialect.fatalReadErrors.includes(state.upstream?.receiveError ?? 0)) return false;
      // What it cannot apply is as little its upstream's as what it has too much.
      if (state.upstream && !state.upstream.applying) return false;
      return isFollowing(state, upstream) && state.upstream?.settled ? true : undefined;
    },
    { timeoutMs: DECISION_TIMEOUT_MS, signal, onTimeout: () => new ReplicaNotReady(node.name, `${upstream.name} does not feed it.`) },
  );

const copyAnew = async ({ server, node, upstream, credentials, signal }: Rejoin): Promise<{ way: RejoinWay }> => {
  await node.machine.writeFile(LAYOUT.unfinished, '');
  await cloneFrom({ server, node, upstream, credentials, signal });
  const role = await roleOf(node);
  if (role === undefined) throw new WrongNodeState(node.name, 'its copy is gone.');
  await server.saveRole(node, { ...role, rejoined: { upstream: addressOf(upstream), way: 'clone' } });
  await followUpstream(server, node, upstream, credentials);
  return { way: 'clone' };
};
