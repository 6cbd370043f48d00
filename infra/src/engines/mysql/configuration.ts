import { createHash } from 'node:crypto';
import type { Dialect, Setting } from './dialect.js';
import type { ServerPaths } from './layout.js';
import type { Role } from './role.js';

const MIB = 1024 * 1024;
/** How long the log is kept for replicas that are away. */
const LOG_DAYS = 3;

export interface ServerSource {
  readonly address: string;
  readonly port: number;
  readonly memoryBytes: number;
  readonly paths: ServerPaths;
}

export interface ConfigSource extends ServerSource {
  readonly name: string;
  readonly role: Role;
}

/** A number of 32 bits from the node's name, never 0: servers of a cluster must differ in it. */
export const serverIdOf = (name: string): number => createHash('sha256').update(name).digest().readUInt32BE(0) || 1;

/** Half of the memory, as the rest goes to connections and the system (https://mariadb.com/kb/en/innodb-buffer-pool/ gives up to 80 % to a dedicated server). */
const bufferPoolBytes = (memoryBytes: number): number => Math.max(Math.floor(memoryBytes / 2 / MIB), 16) * MIB;

const lines = (settings: readonly Setting[]): string => settings.map((setting) => `${setting.join('=')}\n`).join('');

/** What every server is told, whatever its part. */
export const renderServer = (dialect: Dialect, { address, port, memoryBytes, paths }: ServerSource): string =>
  `# Written by Holdfast.\n[${dialect.serverProgram}]\n${lines([
    ['datadir', paths.data],
    ['tmpdir', paths.temporary],
    ['bind_address', address],
    ['port', String(port)],
    // Relative to the data directory: a socket's whole path may have 107 bytes.
    ['socket', 'server.sock'],
    ['pid_file', 'server.pid'],
    ['skip_name_resolve', '1'],
    ['character_set_server', 'utf8mb4'],
    ['innodb_buffer_pool_size', String(bufferPoolBytes(memoryBytes))],
    ['innodb_flush_log_at_trx_commit', '1'],
  ])}`;

/** Settings of a server that replicates, which both dialects know. */
const replication = ({ name, address, port, paths }: ConfigSource): readonly Setting[] => [
  ['init_file', paths.accounts],
  ['sync_binlog', '1'],
  ['server_id', String(serverIdOf(name))],
  ['report_host', address],
  ['report_port', String(port)],
  ['log_bin', 'binlog'],
  ['binlog_expire_logs_seconds', String(LOG_DAYS * 24 * 60 * 60)],
  ['relay_log', 'relay'],
  ['relay_log_recovery', '1'],
];

export const renderConfig = (dialect: Dialect, source: ConfigSource): string =>
  `${renderServer(dialect, source)}${lines([...replication(source), ...dialect.settings(source.memoryBytes), ...dialect.roleSettings(source.role)])}`;
