import type { Upstream } from './dialect.js';
import { errorCode, type Row, type Session } from './session.js';

/** Where a server stands in replication. Columns: https://mariadb.com/kb/en/show-replica-status/, https://dev.mysql.com/doc/refman/9.7/en/show-replica-status.html */
export interface ReplicationState {
  readonly readOnly: boolean;
  /** All that is applied here, in the dialect's words. */
  readonly position: string;
  readonly upstream?: Upstream;
  readonly serverVersion: string;
}

export const readState = async (session: Session): Promise<ReplicationState> => {
  const { dialect } = session;
  const [own] = await session.query(`SELECT @@global.read_only AS read_only, ${dialect.position} AS position, VERSION() AS version`);
  const [row] = await session.query('SHOW REPLICA STATUS');
  return {
    readOnly: own?.['read_only'] === '1',
    position: (own?.['position'] ?? '').replaceAll(/\s/g, ''),
    ...(row ? { upstream: dialect.upstreamIn(row) } : {}),
    serverVersion: own?.['version'] ?? 'unknown',
  };
};

/** An estimate: exact within one file of the upstream's log, and all that is kept of received log where it is over more than one. */
export const unappliedBytes = (row: Row, upstream: 'Master' | 'Source'): number => {
  const sameFile = row[`${upstream}_Log_File`] === row[`Relay_${upstream}_Log_File`];
  return Math.max(0, sameFile ? Number(row[`Read_${upstream}_Log_Pos`]) - Number(row[`Exec_${upstream}_Log_Pos`]) : Number(row['Relay_Log_Space']));
};

/** Connections as every version and dialect lists them, whatever else it keeps count of. */
export const listConnections = async (session: Session): Promise<readonly { id: number; user: string; command: string; state: string }[]> =>
  (await session.query('SHOW PROCESSLIST')).map((row) => ({ id: Number(row['Id']), user: row['User'] ?? '', command: row['Command'] ?? '', state: row['State'] ?? '' }));

/** Ends a connection; nothing to do when it ended by itself meanwhile. */
export const killConnection = async (session: Session, id: number): Promise<void> => {
  try {
    await session.query(`KILL CONNECTION ${id}`);
  } catch (error) {
    if (errorCode(error) !== 'ER_NO_SUCH_THREAD') throw error;
  }
};
