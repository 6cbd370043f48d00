import { createHash } from 'node:crypto';
import { NotASyncPolicy } from '../../engine-support/node-errors.js';
import type { SyncPolicy } from '@holdfast/domain';
import type { Role } from './role.js';

const MIB = 1024 * 1024;
/** How long the log is kept for replicas that are away. */
const LOG_DAYS = 3;
/** A commit waits for its replica as long as that takes, and is never acknowledged without: 49 days. */
const ACK_TIMEOUT_MS = 4_294_967_295;

export interface ServerSource {
  readonly address: string;
  readonly port: number;
  readonly memoryBytes: number;
  readonly paths: { readonly data: string; readonly accounts: string };
}

export interface ConfigSource extends ServerSource {
  readonly name: string;
  readonly role: Role;
}

/** A number of 32 bits from the node's name, never 0: servers of a cluster must differ in it. */
export const serverIdOf = (name: string): number => createHash('sha256').update(name).digest().readUInt32BE(0) || 1;

/** Half of the memory, as the rest goes to connections and the system (https://mariadb.com/kb/en/innodb-buffer-pool/ gives up to 80 % to a dedicated server). */
const bufferPoolBytes = (memoryBytes: number): number => Math.max(Math.floor(memoryBytes / 2 / MIB), 16) * MIB;

/** Server settings that follow from the role: also what a running server is told. https://mariadb.com/kb/en/server-system-variables/ */
export const roleSettings = ({ role, requiredAcks }: Role): readonly (readonly [string, string])[] => [
  ['rpl_semi_sync_master_enabled', role === 'primary' && requiredAcks > 0 ? '1' : '0'],
  ['read_only', role === 'primary' ? '0' : '1'],
];

/** What every server is told, whatever its part. */
export const renderServer = ({ address, port, memoryBytes, paths }: ServerSource): string => `# Written by Holdfast.
[mariadbd]
datadir=${paths.data}
bind_address=${address}
port=${port}
# Relative to the data directory: a socket's whole path may have 107 bytes.
socket=server.sock
pid_file=server.pid
skip_name_resolve=1
character_set_server=utf8mb4

innodb_buffer_pool_size=${bufferPoolBytes(memoryBytes)}
innodb_flush_log_at_trx_commit=1
`;

export const renderConfig = (source: ConfigSource): string => {
  const { name, address, port, paths, role } = source;
  return `${renderServer(source)}
init_file=${paths.accounts}
sync_binlog=1

server_id=${serverIdOf(name)}
report_host=${address}
report_port=${port}
log_bin=binlog
binlog_format=ROW
log_slave_updates=1
gtid_strict_mode=1
binlog_expire_logs_seconds=${LOG_DAYS * 24 * 60 * 60}
relay_log=relay
relay_log_recovery=1
slave_net_timeout=10
rpl_semi_sync_slave_enabled=1
rpl_semi_sync_master_timeout=${ACK_TIMEOUT_MS}
rpl_semi_sync_master_wait_point=AFTER_SYNC

${roleSettings(role).map((setting) => setting.join('=')).join('\n')}
`;
};

/** MariaDB waits for one replica, whichever it is, and cannot be told to wait for more. Throws NotASyncPolicy. */
export const requiredAcksOf = (policy: SyncPolicy): number => {
  const { required, among } = policy;
  if (!Number.isInteger(required) || required < 0 || required > Math.min(among.length, 1)) throw new NotASyncPolicy(policy);
  return required;
};
