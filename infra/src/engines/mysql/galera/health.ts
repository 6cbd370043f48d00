import type { EngineCredentials, EngineNode, MemberHealth } from '@holdfast/domain';
import { NodeNotAnswering } from '../../../engine-support/node-errors.js';
import { MARIADB } from '../mariadb.dialect.js';
import { type Session, withSession } from '../session.js';

/** A probe runs each second for each node: it must not hang on one that is frozen. */
const PROBE = { timeoutMs: 2_000 };

/** What a member says of itself. One that gets its data yet lets nobody in, and counts as not reachable. A member that cannot be asked is not an error. */
export const memberHealth = async (node: EngineNode, credentials: EngineCredentials): Promise<MemberHealth> => {
  try {
    return await withSession(MARIADB, node, credentials.superuser, lookAt, PROBE);
  } catch (error) {
    if (!(error instanceof NodeNotAnswering)) throw error;
    return { reachable: false, problem: error.message };
  }
};

/** https://mariadb.com/kb/en/galera-cluster-status-variables/ */
export type GaleraStatus = Readonly<Record<string, string>>;

/** Status is told also where nothing else may be read. */
export const readStatus = async (session: Session): Promise<GaleraStatus> => {
  const rows = await session.query("SHOW GLOBAL STATUS LIKE 'wsrep\\_%'");
  return Object.fromEntries(rows.map((row) => [row['Variable_name'] ?? '', row['Value'] ?? '']));
};

const lookAt = async (session: Session): Promise<MemberHealth> => {
  const status = await readStatus(session);
  const [version] = await session.query('SELECT VERSION() AS version');
  const members = await namesOf(session);
  return { ...healthIn(status), members, serverVersion: version?.['version'] ?? 'unknown' };
};

/** Kept by the server itself, one row for each member. Where there is no majority it is that of before. */
const namesOf = async (session: Session): Promise<string[]> => {
  await session.query('SET SESSION wsrep_dirty_reads = ON');
  const rows = await session.query('SELECT node_name AS name FROM mysql.wsrep_cluster_members');
  return rows.map((row) => row['name'] ?? '').sort();
};

type Serving = Extract<MemberHealth, { reachable: true }>;

/** Numbers of wsrep_local_state (https://galeracluster.com/library/documentation/node-states.html). */
const STATES: Readonly<Record<string, Serving['state']>> = { '1': 'joining', '2': 'donor', '3': 'joining', '4': 'synced' };

/** What follows from a server's status. */
export const healthIn = (status: GaleraStatus): Omit<Serving, 'members' | 'serverVersion'> => {
  const connected = status['wsrep_connected'] === 'ON';
  const hasQuorum = connected && status['wsrep_cluster_status'] === 'Primary';
  const state = stateIn(status, connected, hasQuorum);
  return {
    reachable: true,
    writable: hasQuorum && status['wsrep_ready'] === 'ON' && (state === 'synced' || state === 'donor'),
    state,
    detail: detailIn(status),
    groupSize: connected ? Number(status['wsrep_cluster_size'] ?? 0) : 0,
    hasQuorum,
    position: `${status['wsrep_cluster_state_uuid'] ?? ''}:${status['wsrep_last_committed'] ?? ''}`,
  };
};

const stateIn = (status: GaleraStatus, connected: boolean, hasQuorum: boolean): Serving['state'] => {
  if (!connected) return 'outside';
  if (!hasQuorum) return 'no-quorum';
  return STATES[status['wsrep_local_state'] ?? ''] ?? 'error';
};

/** Shares of time below this are usual under load. */
const PAUSED_TOLD_FROM = 0.05;

/** The server's own words, and how much of the time since its start the slowest member held all others back. */
const detailIn = (status: GaleraStatus): string => {
  const paused = Number(status['wsrep_flow_control_paused'] ?? 0);
  const words = `${status['wsrep_local_state_comment'] ?? 'unknown'}, ${status['wsrep_cluster_status'] ?? 'unknown'}`;
  return paused < PAUSED_TOLD_FROM ? words : `${words}; writes waited for the slowest member ${Math.round(paused * 100)} % of the time`;
};
