import type { EngineCredentials, SyncPolicy } from '@holdfast/domain';
import { NotASyncPolicy } from '../../engine-support/node-errors.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** A value in postgresql.conf: quotes are doubled; backslashes too, because the parser reads escapes. */
export const quoteSetting = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** A value in a libpq connection string. */
export const quoteConninfo = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** A field of a passfile: `:` and `\` are escaped. */
const quotePassfile = (value: string): string => value.replace(/[\\:]/g, (found) => `\\${found}`);

const clamp = (value: number, least: number, most: number): number => Math.floor(Math.min(Math.max(value, least), most));
const kilobytes = (bytes: number): string => `${Math.floor(bytes / KIB)}kB`;
const megabytes = (bytes: number): string => `${Math.floor(bytes / MIB)}MB`;

/**
 * A hot standby stops replaying when one of these is lower than on its primary, so they do not depend on the size of the
 * machine: nodes of different sizes can replace each other.
 */
const SAME_ON_EVERY_NODE: Readonly<Record<string, string>> = {
  max_connections: '200',
  // Room for the control plane even when the application has taken every other connection.
  superuser_reserved_connections: '8',
  max_worker_processes: '8',
  max_prepared_transactions: '0',
  max_locks_per_transaction: '64',
  // 11 replicas, each with a copy running, and backups; a sender more costs some kB.
  max_wal_senders: '32',
  max_replication_slots: '32',
};

/** Right for a single node and for one with replicas alike: a cluster grows without restarting its primary. */
const REPLICATION: Readonly<Record<string, string>> = {
  wal_level: 'replica',
  hot_standby: 'on',
  // Lets pg_rewind work even on a data directory without checksums.
  wal_log_hints: 'on',
  wal_keep_size: '256MB',
  // The default of 5 s is what a replica sleeps when its upstream dies while it asks for more; its promotion then waits as long.
  wal_retrieve_retry_interval: '100ms',
  wal_receiver_status_interval: '1s',
  // A replica that answers no more holds up the primary's shutdown for this long at most; it reconnects when it was only slow.
  wal_sender_timeout: '5s',
  wal_receiver_timeout: '5s',
  recovery_target_timeline: 'latest',
};

const OPERATION: Readonly<Record<string, string>> = {
  password_encryption: 'scram-sha-256',
  ssl: 'off',
  unix_socket_directories: '',
  checkpoint_timeout: '5min',
  checkpoint_completion_target: '0.9',
  max_wal_size: '1GB',
  min_wal_size: '80MB',
  restart_after_crash: 'on',
  // A client whose machine vanished gives its connection back after about half a minute, not after two hours.
  tcp_keepalives_idle: '10s',
  tcp_keepalives_interval: '5s',
  tcp_keepalives_count: '4',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '%m [%p] %q%u@%d ',
  log_checkpoints: 'on',
  log_statement: 'none',
  lc_messages: 'C',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Memory by the usual rules of thumb: a quarter for shared buffers, the rest left to the system's cache. */
const memorySettings = (memoryBytes: number): Record<string, string> => ({
  shared_buffers: megabytes(clamp(memoryBytes / 4, 16 * MIB, 16 * GIB)),
  effective_cache_size: megabytes(clamp((memoryBytes * 6) / 10, 32 * MIB, 1024 * GIB)),
  maintenance_work_mem: megabytes(clamp(memoryBytes / 16, 16 * MIB, GIB)),
  work_mem: kilobytes(clamp(memoryBytes / 256, 2 * MIB, 64 * MIB)),
});

/** A dead replica may hold back at most a tenth of the disk, so that it never fills it; past that it needs a new copy. */
const slotKeepBytes = (diskTotalBytes: number): number => clamp(diskTotalBytes / 10, 512 * MIB, 64 * GIB);

export interface MainSettings {
  readonly memoryBytes: number;
  readonly diskTotalBytes: number;
  /** Absolute paths on the machine. */
  readonly hbaPath: string;
  readonly identPath: string;
  readonly includes: readonly string[];
  /** Libraries that the server loads when it starts, and settings of theirs. */
  readonly preloaded?: readonly string[];
  readonly further?: Readonly<Record<string, string>>;
}

/** The whole postgresql.conf of a node. It has nothing in it that depends on the node's role. */
export const renderMainConfig = (settings: MainSettings): string => {
  const all: Record<string, string> = {
    ...SAME_ON_EVERY_NODE,
    ...REPLICATION,
    max_slot_wal_keep_size: megabytes(slotKeepBytes(settings.diskTotalBytes)),
    ...memorySettings(settings.memoryBytes),
    ...OPERATION,
    ...(settings.preloaded?.length ? { shared_preload_libraries: settings.preloaded.join(',') } : {}),
    ...settings.further,
    hba_file: settings.hbaPath,
    ident_file: settings.identPath,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${quoteSetting(value)}`);
  const includes = settings.includes.map((path) => `include_if_exists = ${quoteSetting(path)}`);
  return ['# Written by Holdfast; changes are overwritten.', ...lines, ...includes, ''].join('\n');
};

export interface UpstreamSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly passfilePath: string;
  /** Becomes application_name, by which synchronous_standby_names knows this node. */
  readonly nodeName: string;
  readonly slotName: string;
}

/** libpq's connection string for replication. Written by us: what newer client programs write, older servers do not understand. */
export const conninfoOf = (upstream: Omit<UpstreamSettings, 'slotName'>, database?: string): string =>
  Object.entries({
    host: upstream.host,
    port: String(upstream.port),
    user: upstream.user,
    ...(database === undefined ? {} : { dbname: database }),
    passfile: upstream.passfilePath,
    application_name: upstream.nodeName,
    connect_timeout: '5',
    keepalives_idle: '5',
    keepalives_interval: '2',
    keepalives_count: '3',
  })
    .map(([key, value]) => `${key}=${quoteConninfo(value)}`)
    .join(' ');

export const renderUpstreamConfig = (upstream: UpstreamSettings): string =>
  [`primary_conninfo = ${quoteSetting(conninfoOf(upstream))}`, `primary_slot_name = ${quoteSetting(upstream.slotName)}`, ''].join('\n');

/**
 * `ANY k ("a","b")`, or empty for asynchronous.
 *
 * @throws NotASyncPolicy when more replicas must confirm than there are: every commit would wait for ever.
 */
export const synchronousStandbyNames = (policy: SyncPolicy): string => {
  if (!Number.isInteger(policy.required) || policy.required < 0 || policy.required > new Set(policy.among).size) {
    throw new NotASyncPolicy(policy);
  }
  if (policy.required === 0) return '';
  const names = [...new Set(policy.among)].map((name) => `"${name.replaceAll('"', '""')}"`);
  return `ANY ${policy.required} (${names.join(',')})`;
};

export const renderSyncConfig = (policy: SyncPolicy): string => `synchronous_standby_names = ${quoteSetting(synchronousStandbyNames(policy))}\n`;

const quoteHba = (value: string): string => `"${value.replaceAll('"', '""')}"`;

/**
 * Who may connect: everybody by password (SCRAM), from the cluster's networks only. The replication user reaches nothing but
 * replication and, for pg_rewind, the database `postgres`.
 */
export const renderHba = (credentials: EngineCredentials, networks: readonly string[]): string => {
  const replication = quoteHba(credentials.replication.user);
  const rules = networks.flatMap((network) => [
    `host replication ${replication} ${network} scram-sha-256`,
    `host postgres ${replication} ${network} scram-sha-256`,
    `host all ${replication} ${network} reject`,
    `host all all ${network} scram-sha-256`,
  ]);
  return ['# Written by Holdfast; changes are overwritten.', ...rules, ''].join('\n');
};

/** The replication user's password for any upstream, so that a new upstream needs no new file. */
export const renderPassfile = (replication: EngineCredentials['replication']): string =>
  `*:*:*:${quotePassfile(replication.user)}:${quotePassfile(replication.password)}\n`;

/** Settings that only the driver sets. In postgresql.auto.conf they would win over its files, so they are taken out there. */
export const OWNED_SETTINGS: readonly string[] = [
  'primary_conninfo',
  'primary_slot_name',
  'synchronous_standby_names',
  'recovery_target_timeline',
  'hba_file',
  'listen_addresses',
  'port',
];

/** postgresql.auto.conf without the settings the driver owns; a copy brings its upstream's. */
export const withoutOwnedSettings = (autoConfig: string): string =>
  autoConfig
    .split('\n')
    .filter((line) => !OWNED_SETTINGS.includes((/^\s*([A-Za-z_.]+)/.exec(line)?.[1] ?? '').toLowerCase()))
    .join('\n');
