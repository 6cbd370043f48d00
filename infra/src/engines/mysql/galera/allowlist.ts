import { isIPv4 } from 'node:net';
import { WrongNodeState } from '../../../engine-support/node-errors.js';
import { errorCode, type Session } from '../session.js';
import type { Peer } from './layout.js';

/** Another member wrote the same list at the same moment: the later one of two is refused at its commit. */
const TRIES_MAX = 10;

/**
 * Who sends a member what it lacks connects from whatever address the system chooses; among addresses of the loopback network that is
 * this one. Members join from their own addresses, there too, so that it lets nobody into a group.
 */
const LOOPBACK_SENDER = '127.0.0.1';

/**
 * From which addresses a member's server lets others into its group. None stands for everybody: the server compares addresses, so
 * that a host name in the list would shut its host out (https://mariadb.com/kb/en/mysql-wsrep_allowlist-table/).
 */
export const allowedHosts = (members: readonly Peer[]): string[] => {
  const hosts = members.map(({ host }) => host);
  if (!hosts.every((host) => isIPv4(host))) return [];
  return [...hosts, ...(hosts.some((host) => host.startsWith('127.')) ? [LOOPBACK_SENDER] : [])].sort();
};

/**
 * Writes the list of addresses into a table that all members share, and that each looks at whenever another server connects. Who is
 * connected stays so. In one transaction: a list that has some of the members already would shut the others out. Nothing to do where
 * it is as it shall be. The session is that of a member that takes writes.
 */
export const keepAllowlist = async (session: Session, members: readonly Peer[]): Promise<void> => {
  const wanted = allowedHosts(members);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (await isKept(session, wanted)) return;
    await writeAll(session, wanted);
  }
  throw new WrongNodeState(session.nodeName, `its list of addresses that may join is not ${wanted.join(', ') || 'empty'}, though that was written ${TRIES_MAX} times.`);
};

const isKept = async (session: Session, wanted: readonly string[]): Promise<boolean> => {
  const rows = await session.query('SELECT ip FROM mysql.wsrep_allowlist ORDER BY ip');
  return rows.map((row) => row['ip']).join() === wanted.join();
};

/** Where another was quicker, nothing. */
const writeAll = async (session: Session, wanted: readonly string[]): Promise<void> => {
  try {
    await session.query('START TRANSACTION');
    if (wanted.length > 0) await session.query('INSERT IGNORE INTO mysql.wsrep_allowlist (ip) VALUES ?', [wanted.map((host) => [host])]);
    await session.query(`DELETE FROM mysql.wsrep_allowlist${wanted.length > 0 ? ' WHERE ip NOT IN (?)' : ''}`, wanted.length > 0 ? [wanted] : []);
    await session.query('COMMIT');
  } catch (error) {
    if (errorCode(error) !== 'ER_LOCK_DEADLOCK') throw error;
    await session.query('ROLLBACK');
  }
};
