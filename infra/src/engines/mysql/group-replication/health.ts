import type { EngineCredentials, EngineNode, MemberHealth } from '@holdfast/domain';
import { NodeNotAnswering } from '../../../engine-support/node-errors.js';
import { MYSQL } from '../mysql.dialect.js';
import { type Row, type Session, withSession } from '../session.js';
import { membershipOf, type Peer } from './layout.js';

/** A probe runs each second for each node: it must not hang on one that is frozen. */
const PROBE = { timeoutMs: 2_000 };

/** What a member says of itself. One that cannot be asked is not an error. */
export const memberHealth = async (node: EngineNode, credentials: EngineCredentials): Promise<MemberHealth> => {
  try {
    const seen = await withSession(MYSQL, node, credentials.superuser, readState, PROBE);
    return healthIn(seen, (await membershipOf(node))?.members ?? []);
  } catch (error) {
    if (!(error instanceof NodeNotAnswering)) throw error;
    return { reachable: false, problem: error.message };
  }
};

type Serving = Extract<MemberHealth, { reachable: true }>;

/** Rows of the server's own tables: itself, and the group as it sees it. */
export interface SeenState {
  readonly own: Row;
  readonly members: readonly Row[];
}

const OWN = `SELECT @@global.server_uuid AS id, @@global.super_read_only AS read_only, @@global.offline_mode AS offline, @@global.gtid_executed AS position, VERSION() AS version,
  (SELECT SUM(COUNT_TRANSACTIONS_IN_QUEUE) FROM performance_schema.replication_group_member_stats WHERE MEMBER_ID = @@global.server_uuid) AS to_certify,
  (SELECT SUM(COUNT_TRANSACTIONS_REMOTE_IN_APPLIER_QUEUE) FROM performance_schema.replication_group_member_stats WHERE MEMBER_ID = @@global.server_uuid) AS to_apply`;
/** https://dev.mysql.com/doc/refman/9.7/en/performance-schema-replication-group-members-table.html */
const MEMBERS = 'SELECT MEMBER_ID AS id, MEMBER_HOST AS host, MEMBER_PORT AS port, MEMBER_STATE AS state FROM performance_schema.replication_group_members';

export const readState = async (session: Session): Promise<SeenState> => {
  const [own = {}] = await session.query(OWN);
  return { own, members: await session.query(MEMBERS) };
};

/** What follows from that; `peers` gives the members their names. */
export const healthIn = ({ own, members }: SeenState, peers: readonly Peer[]): Serving => {
  const ownState = members.find(({ id }) => id === own['id'])?.['state'] ?? 'OFFLINE';
  const inGroup = ownState === 'ONLINE' || ownState === 'RECOVERING';
  const reached = members.filter(({ state }) => state === 'ONLINE' || state === 'RECOVERING');
  const hasQuorum = inGroup && reached.length * 2 > members.length;
  const state = stateIn(ownState, inGroup, hasQuorum);
  return {
    reachable: true,
    writable: state === 'synced' && own['read_only'] === '0' && own['offline'] === '0',
    state,
    detail: detailIn({ own, members }, ownState),
    groupSize: inGroup ? members.length : 0,
    hasQuorum,
    members: inGroup ? members.map((member) => nameOf(member, peers)).sort() : [],
    position: (own['position'] ?? '').replaceAll('\n', ''),
    serverVersion: own['version'] ?? 'unknown',
  };
};

const stateIn = (ownState: string, inGroup: boolean, hasQuorum: boolean): Serving['state'] => {
  if (ownState === 'ERROR') return 'error';
  if (!inGroup) return 'outside';
  if (!hasQuorum) return 'no-quorum';
  return ownState === 'ONLINE' ? 'synced' : 'joining';
};

/** By its address: servers do not know each other's names. */
const nameOf = ({ host, port }: Row, peers: readonly Peer[]): string =>
  peers.find((peer) => peer.host === host && String(peer.port) === port)?.name ?? `${host ?? '?'}:${port ?? '?'}`;

/** The server's own words, whom it misses, and how much it has yet to do. */
const detailIn = ({ own, members }: SeenState, ownState: string): string => {
  const missed = members.filter(({ state }) => state === 'UNREACHABLE').map(({ host, port }) => `${host ?? '?'}:${port ?? '?'}`);
  const waiting = [`${own['to_certify'] ?? 0} to certify`, `${own['to_apply'] ?? 0} to apply`];
  return [ownState, ...(missed.length > 0 ? [`does not reach ${missed.join(', ')}`] : []), ...(ownState === 'OFFLINE' ? [] : waiting)].join('; ');
};
