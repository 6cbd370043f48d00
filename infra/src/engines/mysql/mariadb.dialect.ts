import { createHash } from 'node:crypto';
import { NotASyncPolicy } from '../../engine-support/node-errors.js';
import type { Dialect, Row } from './dialect.js';
import { pathsOf } from './layout.js';
import { copyByBackup } from './mariadb-copy.js';
import { unappliedBytes } from './state.js';

/** A commit waits for its replica as long as that takes, and is never acknowledged without: 49 days. */
const ACK_TIMEOUT_MS = 4_294_967_295;
const INITIALISE_TIMEOUT_MS = 120_000;

/** The hash that the server keeps: twice SHA-1. So no statement and no file holds the password. */
const hashOf = (password: string): string => {
  const sha1 = (bytes: string | Buffer): Buffer => createHash('sha1').update(bytes).digest();
  return `*${sha1(sha1(password)).toString('hex').toUpperCase()}`;
};

/** States of a receiver that is past its greeting (https://mariadb.com/kb/en/replica-io-thread-states/). */
const SETTLED = ['Waiting for master to send event', 'Queueing master event to the relay log', 'Waiting for the slave SQL thread to free enough relay log space'];

/** `domain-server-number`, by domain. */
const numbersIn = (position: string): ReadonlyMap<string, number> =>
  new Map(position.split(',').filter((part) => part !== '').map((part): [string, number] => {
    const [domain = '', , number = ''] = part.split('-');
    return [domain, Number(number)];
  }));

const hasReached = (position: string, goal: string): boolean => {
  const numbers = numbersIn(position);
  return [...numbersIn(goal)].every(([domain, number]) => (numbers.get(domain) ?? 0) >= number);
};

/** MariaDB 10.11 and newer. https://mariadb.com/kb/en/server-system-variables/, https://mariadb.com/kb/en/gtid/ */
export const MARIADB: Dialect = {
  software: 'mariadb',
  serverProgram: 'mariadbd',
  settings: () => [
    ['binlog_format', 'ROW'],
    ['log_slave_updates', '1'],
    ['gtid_strict_mode', '1'],
    ['slave_net_timeout', '10'],
    ['rpl_semi_sync_slave_enabled', '1'],
    ['rpl_semi_sync_master_timeout', String(ACK_TIMEOUT_MS)],
    ['rpl_semi_sync_master_wait_point', 'AFTER_SYNC'],
  ],
  roleSettings: ({ role, requiredAcks }) => [
    ['rpl_semi_sync_master_enabled', role === 'primary' && requiredAcks > 0 ? '1' : '0'],
    ['read_only', role === 'primary' ? '0' : '1'],
  ],
  refuseWrites: 'SET GLOBAL read_only = 1',
  // It waits for one replica, whichever it is, and cannot be told to wait for more.
  requiredAcksOf: (policy) => {
    const { required, among } = policy;
    if (!Number.isInteger(required) || required < 0 || required > Math.min(among.length, 1)) throw new NotASyncPolicy(policy);
    return required;
  },
  initialise: async (server, node) => {
    const { data, temporary } = pathsOf(node);
    const options = ['--no-defaults', `--datadir=${data}`, `--tmpdir=${temporary}`, '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve', '--force'];
    await node.machine.run({ argv: [await server.program(node, 'mariadb-install-db'), ...options], timeoutMs: INITIALISE_TIMEOUT_MS });
  },

  identifiedBy: ({ password }) => `IDENTIFIED VIA mysql_native_password USING '${hashOf(password)}'`,
  isIdentifiedBy: (kept, { password }) => kept === hashOf(password),
  removeOpenAccounts: ["DELETE FROM mysql.global_priv WHERE User IN ('', 'root')", 'FLUSH PRIVILEGES'],
  // https://mariadb.com/kb/en/mariadb-backup-overview/
  copyRights: 'RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR',
  editAccounts: async (session, work) => {
    await session.query('SET sql_log_bin = 0');
    await work();
  },
  // A read-only server lets the superuser change accounts: one change does not stand in another's way.
  exclusively: (_session, work) => work(),

  copy: copyByBackup,
  plant: async (session, seed) => {
    const [own] = await session.query('SELECT @@global.gtid_slave_pos AS applied');
    if (hasReached(own?.['applied'] ?? '', seed)) return;
    await session.query('STOP REPLICA');
    await session.query('SET GLOBAL gtid_slave_pos = ?', [seed]);
  },

  position: '@@global.gtid_current_pos',
  hasReached,
  upstreamIn: (row: Row) => ({
    host: row['Master_Host'] ?? '',
    port: Number(row['Master_Port']),
    receiving: row['Slave_IO_Running'] === 'Yes',
    applying: row['Slave_SQL_Running'] === 'Yes',
    settled: SETTLED.includes(row['Slave_IO_State'] ?? ''),
    received: row['Gtid_IO_Pos'] ?? '',
    unappliedBytes: unappliedBytes(row, 'Master'),
    problem: [row['Last_IO_Error'], row['Last_SQL_Error']].filter((text) => text).join(' '),
    receiveError: Number(row['Last_IO_Errno']),
    applyError: Number(row['Last_SQL_Errno']),
  }),
  listReplicas: 'SHOW REPLICA HOSTS',
  standWhereItWrote: async (session) => {
    await session.query('STOP REPLICA');
    const [own] = await session.query('SELECT @@global.gtid_slave_pos AS applied, @@global.gtid_current_pos AS written');
    const [applied, written] = [own?.['applied'] ?? '', own?.['written'] ?? ''];
    if (applied !== written && hasReached(written, applied)) await session.query('SET GLOBAL gtid_slave_pos = ?', [written]);
  },
  // In strict mode the upstream goes on only where the last transaction is one of its own log.
  errant: () => undefined,
  changeUpstream: 'CHANGE MASTER TO MASTER_HOST = ?, MASTER_PORT = ?, MASTER_USER = ?, MASTER_PASSWORD = ?, MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 2, MASTER_USE_GTID = slave_pos',
  fatalReadErrors: [1236],
};
