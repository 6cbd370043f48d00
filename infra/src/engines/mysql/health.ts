import type { EngineCredentials, EngineNode, NodeHealth, ReplicaView } from '@holdfast/domain';
import { NodeNotAnswering } from '../../engine-support/node-errors.js';
import { replicaNameOf } from './accounts.js';
import { type Session, withSession } from './session.js';
import { readState } from './state.js';

/** A probe runs each second for each node: it must not hang on one that is frozen. */
const PROBE = { timeoutMs: 2_000 };

/**
 * What the node says about itself and, as a primary, about those it feeds. A fenced primary is told as a replica of nobody. A node
 * that cannot be asked is not an error.
 */
export const health = async (node: EngineNode, credentials: EngineCredentials): Promise<NodeHealth> => {
  try {
    return await withSession(node, credentials.superuser, lookAt, PROBE);
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

/** States of a sender that has sent all (https://mariadb.com/kb/en/binlog-dump-thread-states/). */
const ALL_SENT = 'Master has sent all binlog to slave';

/**
 * Each replica comes as an account of its own. A primary does not know what they have applied, only whether all is sent: lag is
 * then 0, else at most the part of its log that is in the newest file.
 */
const replicasOf = async (session: Session): Promise<ReplicaView[]> => {
  const senders = await session.query("SELECT USER AS user, STATE AS state FROM information_schema.processlist WHERE COMMAND LIKE 'Binlog Dump%'");
  if (senders.length === 0) return [];
  const [log] = await session.query('SHOW MASTER STATUS');
  const [sync] = await session.query("SELECT VARIABLE_VALUE AS state FROM information_schema.global_status WHERE VARIABLE_NAME = 'Rpl_semi_sync_master_status'");
  return senders.map(({ user, state }) => ({
    name: replicaNameOf(user ?? '') ?? user ?? '',
    streaming: true,
    synchronous: sync?.['state'] === 'ON',
    replayLagBytes: state?.startsWith(ALL_SENT) ? 0 : Number(log?.['Position'] ?? 0),
  }));
};
