import type { EngineCredentials, EngineNode, NodeHealth, ReplicaView } from '@holdfast/domain';
import { NodeNotAnswering } from '../../engine-support/node-errors.js';
import { lagBytes } from './lsn.js';
import { oneRow, type Session, withSession } from './sql.js';

/** A probe runs each second for each node: it must not hang on one that is frozen. */
const PROBE = { connectTimeoutMs: 2_000, queryTimeoutMs: 2_000 };

/** Copies and log archivers show up among the senders too, and are no replicas. */
const NOT_REPLICAS = ['pg_basebackup', 'pg_receivewal'];

interface OwnState extends Record<string, unknown> {
  readonly replica: boolean;
  readonly position: string;
  readonly received: string | null;
  readonly streaming: boolean;
  readonly version: string;
}

const OWN_STATE = `
  select replica,
         (case when replica then coalesce(pg_last_wal_replay_lsn(), '0/0') else pg_current_wal_lsn() end)::text as position,
         (case when replica then pg_last_wal_receive_lsn() end)::text as received,
         exists (select from pg_stat_wal_receiver where status = 'streaming') as streaming,
         current_setting('server_version') as version
  from (select pg_is_in_recovery() as replica) as self`;

/** What the node says about itself and, as a primary, about those who stream from it. A node that cannot be asked is not an error. */
export const health = async (node: EngineNode, credentials: EngineCredentials): Promise<NodeHealth> => {
  try {
    return await withSession(node, credentials.superuser, lookAt, PROBE);
  } catch (error) {
    if (!(error instanceof NodeNotAnswering)) throw error;
    return { reachable: false, problem: error.message };
  }
};

const lookAt = async (session: Session): Promise<NodeHealth> => {
  const own = await oneRow<OwnState>(session, OWN_STATE);
  return {
    reachable: true,
    role: own.replica ? 'replica' : 'primary',
    position: own.position,
    streaming: own.streaming,
    replayLagBytes: own.received === null ? 0 : lagBytes(own.received, own.position),
    replicas: own.replica ? [] : await replicasOf(session, own.position),
    serverVersion: own.version,
  };
};

const replicasOf = async (session: Session, position: string): Promise<ReplicaView[]> => {
  const rows = await session.query<{ name: string; state: string; sync_state: string; replayed: string | null }>(
    `select application_name as name, state, sync_state, replay_lsn::text as replayed
     from pg_stat_replication where application_name <> all($1) order by application_name, pid`,
    [NOT_REPLICAS],
  );
  return rows.map((row) => ({
    name: row.name,
    streaming: row.state === 'streaming',
    synchronous: row.sync_state === 'quorum' || row.sync_state === 'sync',
    replayLagBytes: lagBytes(position, row.replayed ?? '0/0'),
  }));
};
