import { type Address } from './role.js';
import type { Row, Session } from './session.js';

/** Where a server stands in replication. Columns: https://mariadb.com/kb/en/show-replica-status/ */
export interface ReplicationState {
  readonly readOnly: boolean;
  /** Last transaction of each domain that is applied here. */
  readonly position: string;
  readonly upstream?: Upstream;
  readonly serverVersion: string;
}

export interface Upstream extends Address {
  readonly receiving: boolean;
  readonly applying: boolean;
  /** The upstream has taken the position that was asked for, and sends or waits for more. */
  readonly settled: boolean;
  readonly received: string;
  readonly unappliedBytes: number;
  readonly problem: string;
  /** The receiving side's error number; 0 when there is none. */
  readonly receiveError: number;
  readonly applyError: number;
}

export const readState = async (session: Session): Promise<ReplicationState> => {
  const [own] = await session.query('SELECT @@global.read_only AS read_only, @@global.gtid_current_pos AS position, VERSION() AS version');
  const [row] = await session.query('SHOW SLAVE STATUS');
  return {
    readOnly: own?.['read_only'] === '1',
    position: own?.['position'] ?? '',
    ...(row ? { upstream: upstreamIn(row) } : {}),
    serverVersion: own?.['version'] ?? 'unknown',
  };
};

/** States of a receiver that is past its greeting (https://mariadb.com/kb/en/replica-io-thread-states/). */
const SETTLED = ['Waiting for master to send event', 'Queueing master event to the relay log', 'Waiting for the slave SQL thread to free enough relay log space'];

const upstreamIn = (row: Row): Upstream => ({
  host: row['Master_Host'] ?? '',
  port: Number(row['Master_Port']),
  receiving: row['Slave_IO_Running'] === 'Yes',
  applying: row['Slave_SQL_Running'] === 'Yes',
  settled: SETTLED.includes(row['Slave_IO_State'] ?? ''),
  received: row['Gtid_IO_Pos'] ?? '',
  unappliedBytes: unappliedBytes(row),
  problem: [row['Last_IO_Error'], row['Last_SQL_Error']].filter((text) => text).join(' '),
  receiveError: Number(row['Last_IO_Errno']),
  applyError: Number(row['Last_SQL_Errno']),
});

/** An estimate: exact within one file of the upstream's log, and all that is kept of received log where it is over more than one. */
const unappliedBytes = (row: Row): number => {
  const sameFile = row['Master_Log_File'] === row['Relay_Master_Log_File'];
  return Math.max(0, sameFile ? Number(row['Read_Master_Log_Pos']) - Number(row['Exec_Master_Log_Pos']) : Number(row['Relay_Log_Space']));
};

/** `domain-server-number`, by domain. */
const numbersIn = (position: string): ReadonlyMap<string, number> =>
  new Map(position.split(',').filter((part) => part !== '').map((part): [string, number] => {
    const [domain = '', , number = ''] = part.split('-');
    return [domain, Number(number)];
  }));

/** Whether all up to `goal` is applied at `position`. */
export const hasReached = (position: string, goal: string): boolean => {
  const numbers = numbersIn(position);
  return [...numbersIn(goal)].every(([domain, number]) => (numbers.get(domain) ?? 0) >= number);
};
