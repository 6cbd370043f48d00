import type { EngineCredentials, EngineNode, NodeHealth, ReplicaView } from '@holdfast/domain';
import { NodeNotAnswering } from '../../engine-support/node-errors.js';
import { replicaNameOf } from './accounts.js';
import type { Dialect } from './dialect.js';
import { type Session, withSession } from './session.js';
import { listConnections, readState } from './state.js';

/** A probe runs each second for each node: it must not hang on one that is frozen. */
const PROBE = { timeoutMs: 2_000 };

/**
 * What the node says about itself and, as a primary, about those it feeds. A fenced primary is told as a replica of nobody. A node
 * that cannot be asked is not an error.
 */
export const health = async (dialect: Dialect, node: EngineNode, credentials: EngineCredentials): Promise<NodeHealth> => {
  try {
    return await withSession(dialect, node, credentials.superuser, lookAt, PROBE);
  } catch (error) {
    if (!(error instanceof NodeNotAnswering)) throw error;
    return { reachable: false, problem: error.message };
  }
};

const lookAt = async (session: Session): Promise<NodeHealth> => {
  const { readOnly, position, upstream, serverVersion } = await readState(session);
  return {
    reachable: true,
    role: readOnly ? 'replica' : 'primary',
    position,
    streaming: readOnly && upstream?.receiving === true && upstream.applying,
    replayLagBytes: upstream?.unappliedBytes ?? 0,
    replicas: readOnly ? [] : await replicasOf(session),
    serverVersion,
  };
};

/** States of a sender that has sent all: https://mariadb.com/kb/en/binlog-dump-thread-states/, https://dev.mysql.com/doc/refman/9.7/en/source-thread-states.html */
const ALL_SENT = /has sent all binlog to (slave|replica)/;

/**
 * Each replica comes as an account of its own. A primary does not know what they have applied, only whether all is sent: lag is
 * then 0, else at most the part of its log that is in the newest file.
 */
const replicasOf = async (session: Session): Promise<ReplicaView[]> => {
  const senders = (await listConnections(session)).filter(({ command }) => command.startsWith('Binlog Dump'));
  if (senders.length === 0) return [];
  const logs = await session.query('SHOW BINARY LOGS');
  const sync = await session.query("SHOW GLOBAL STATUS WHERE Variable_name IN ('Rpl_semi_sync_master_status', 'Rpl_semi_sync_source_status')");
  // The sender of a connection that broke may be there beside the new one until it notices: the newest of a replica is listed last.
  const newest = new Map(senders.map(({ user, state }) => [user, state]));
  return [...newest].map(([user, state]) => ({
    name: replicaNameOf(user) ?? user,
    streaming: true,
    synchronous: sync[0]?.['Value'] === 'ON',
    replayLagBytes: ALL_SENT.test(state) ? 0 : Number(logs.at(-1)?.['File_size'] ?? 0),
  }));
};
