import { createHmac } from 'node:crypto';
import { escape } from 'mysql2';
import type { EngineCredentials } from '@holdfast/domain';
import { NotASyncPolicy, WrongNodeState } from '../../engine-support/node-errors.js';
import { cachingSha2 } from './caching-sha2.js';
import type { Dialect, Login, Row, Session, Setting } from './dialect.js';
import { missingIn } from './gtid-set.js';
import { pathsOf } from './layout.js';
import { copyByClone } from './mysql-copy.js';
import { unappliedBytes } from './state.js';

const GIB = 1024 ** 3;
/** A commit waits for its replicas as long as that takes, and is never acknowledged without: 49 days. */
const ACK_TIMEOUT_MS = 4_294_967_295;
const INITIALISE_TIMEOUT_MS = 120_000;
/** Those who change accounts hold it for milliseconds. */
const LOCK_SECONDS = 8;
const SALT_CHARACTERS = 20;

/** States of a receiver that is past its greeting (https://dev.mysql.com/doc/refman/9.7/en/replica-io-thread-states.html). */
const SETTLED = ['Waiting for source to send event', 'Queueing source event to the relay log', 'Waiting for the replica SQL thread to free relay log space'];

/** The same for the same account of a cluster, so that a repeated call changes nothing; nobody can tell it without the cluster's secret. */
const saltOf = ({ user }: Login, { replication }: EngineCredentials): string =>
  createHmac('sha256', replication.password).update(`holdfast salt ${user}`).digest('base64url').replaceAll(/[-_]/g, '.').slice(0, SALT_CHARACTERS);

const hashOf = (login: Login, credentials: EngineCredentials): string => cachingSha2(login.password, saltOf(login, credentials));

const settings = (memoryBytes: number): readonly Setting[] => [
  ['mysqlx', '0'],
  ['secure_file_priv', 'NULL'],
  ['gtid_mode', 'ON'],
  ['enforce_gtid_consistency', 'ON'],
  ['replica_net_timeout', '10'],
  ['plugin_load_add', 'semisync_source.so;semisync_replica.so;mysql_clone.so'],
  ['rpl_semi_sync_replica_enabled', '1'],
  ['rpl_semi_sync_source_timeout', String(ACK_TIMEOUT_MS)],
  ['rpl_semi_sync_source_wait_point', 'AFTER_SYNC'],
  // Its instruments take some 250 MB: too much for the smallest plans.
  ['performance_schema', memoryBytes < 2 * GIB ? 'OFF' : 'ON'],
];

const exclusively = async (session: Session, work: () => Promise<void>): Promise<void> => {
  const [lock] = await session.query(`SELECT GET_LOCK('holdfast', ${LOCK_SECONDS}) AS taken`);
  if (lock?.['taken'] !== '1') throw new WrongNodeState(session.nodeName, 'somebody else changes its accounts or its role at the moment.');
  try {
    await work();
  } finally {
    await session.query("DO RELEASE_LOCK('holdfast')");
  }
};

/** A replica lets nobody change accounts while it is super-read-only; applications stay shut out meanwhile. */
const editAccounts = (session: Session, work: () => Promise<void>): Promise<void> =>
  exclusively(session, async () => {
    const [before] = await session.query('SELECT @@global.super_read_only AS locked');
    await session.query('SET sql_log_bin = 0');
    if (before?.['locked'] === '1') await session.query('SET GLOBAL super_read_only = 0');
    try {
      await work();
    } finally {
      if (before?.['locked'] === '1') await session.query('SET GLOBAL super_read_only = 1');
    }
  });

/** MySQL 8.0.26 and newer. https://dev.mysql.com/doc/refman/9.7/en/replication.html */
export const MYSQL: Dialect = {
  software: 'mysql',
  serverProgram: 'mysqld',
  settings,
  // Each of the last two sets or clears both: https://dev.mysql.com/doc/refman/9.7/en/server-system-variables.html#sysvar_super_read_only
  roleSettings: ({ role, requiredAcks }) => [
    ['rpl_semi_sync_source_wait_for_replica_count', String(Math.max(requiredAcks, 1))],
    ['rpl_semi_sync_source_enabled', role === 'primary' && requiredAcks > 0 ? '1' : '0'],
    role === 'primary' ? ['read_only', '0'] : ['super_read_only', '1'],
  ],
  refuseWrites: 'SET GLOBAL super_read_only = 1',
  requiredAcksOf: (policy) => {
    const { required, among } = policy;
    if (!Number.isInteger(required) || required < 0 || required > among.length) throw new NotASyncPolicy(policy);
    return required;
  },
  initialise: async (server, node) => {
    const { data, temporary } = pathsOf(node);
    await node.machine.run({ argv: [await server.program(node, 'mysqld'), '--no-defaults', '--initialize-insecure', `--datadir=${data}`, `--tmpdir=${temporary}`], timeoutMs: INITIALISE_TIMEOUT_MS });
  },

  identifiedBy: (login, credentials) => `IDENTIFIED WITH caching_sha2_password AS ${escape(hashOf(login, credentials))}`,
  isIdentifiedBy: (kept, login, credentials) => kept === hashOf(login, credentials),
  removeOpenAccounts: ["DROP USER IF EXISTS 'root'@'localhost'"],
  // https://dev.mysql.com/doc/refman/9.7/en/clone-plugin-remote.html
  copyRights: 'BACKUP_ADMIN',
  editAccounts,
  exclusively,

  copy: copyByClone,
  // A copy knows what is applied in it; what its upstream itself once followed is not its business.
  plant: async (session) => {
    await session.query('STOP REPLICA');
    await session.query('RESET REPLICA ALL');
  },

  position: '@@global.gtid_executed',
  hasReached: (position, goal) => missingIn(position, goal) === undefined,
  upstreamIn: (row: Row) => ({
    host: row['Source_Host'] ?? '',
    port: Number(row['Source_Port']),
    receiving: row['Replica_IO_Running'] === 'Yes',
    applying: row['Replica_SQL_Running'] === 'Yes',
    settled: SETTLED.includes(row['Replica_IO_State'] ?? ''),
    received: row['Retrieved_Gtid_Set'] ?? '',
    unappliedBytes: unappliedBytes(row, 'Source'),
    problem: [row['Last_IO_Error'], row['Last_SQL_Error']].filter((text) => text).join(' '),
    receiveError: Number(row['Last_IO_Errno']),
    applyError: Number(row['Last_SQL_Errno']),
  }),
  listReplicas: 'SHOW REPLICAS',
  standWhereItWrote: () => Promise.resolve(),
  // The upstream minds only what has its own number; what others wrote would be silently kept.
  errant: (position, upstream) => missingIn(upstream, position),
  // It would give up after ten tries: https://dev.mysql.com/doc/refman/9.7/en/change-replication-source-to.html
  changeUpstream:
    'CHANGE REPLICATION SOURCE TO SOURCE_HOST = ?, SOURCE_PORT = ?, SOURCE_USER = ?, SOURCE_PASSWORD = ?, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 2, SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1',
  fatalReadErrors: [1236, 13114],
};
