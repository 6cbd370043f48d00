import type { EngineCredentials } from '@holdfast/domain';
import { renderServer, serverIdOf, type ServerSource } from '../configuration.js';
import type { Setting } from '../dialect.js';
import { MYSQL } from '../mysql.dialect.js';
import { groupAddress, groupName, type Membership } from './layout.js';

const MIB = 1024 * 1024;
/** How long the log is kept for members that are away; who was away longer gets everything anew. */
const LOG_DAYS = 3;
/** Least and most that the plugin keeps of messages for members that were away for a moment; the most is its default. */
const MESSAGE_CACHE = { least: 128 * MIB, most: 1024 * MIB } as const;
/** A member that was cut off from the majority for so long refuses what waits instead of letting clients hang, and gives up as one thrown out. */
const CUT_OFF_SECONDS = 30;

export interface MemberSource extends ServerSource {
  readonly name: string;
  readonly membership: Membership;
  readonly credentials: EngineCredentials;
}

const withPort = ({ host, port }: { host: string; port: number }): string => `${host}:${port}`;

/** Settings that follow from who belongs to the group: in the configuration, and told to a running server. */
export const membershipSettings = ({ members }: Membership): readonly Setting[] => {
  const addresses = members.map(groupAddress);
  return [
    ['group_replication_group_seeds', addresses.map(withPort).join(',')],
    // Nobody else speaks to the group's port, whoever is in the same network.
    ['group_replication_ip_allowlist', [...new Set(addresses.map(({ host }) => host))].join(',')],
  ];
};

/** https://dev.mysql.com/doc/refman/9.7/en/group-replication-system-variables.html */
const groupSettings = ({ address, memoryBytes, membership, credentials }: MemberSource): readonly Setting[] => [
  ['group_replication_group_name', groupName(credentials)],
  ['group_replication_local_address', withPort(groupAddress({ host: address }))],
  ['group_replication_start_on_boot', membership.stage === 'member' ? 'ON' : 'OFF'],
  // Only ever set in a running server, for one statement.
  ['group_replication_bootstrap_group', 'OFF'],
  ['group_replication_single_primary_mode', 'OFF'],
  ['group_replication_enforce_update_everywhere_checks', 'ON'],
  // A commit waits for a majority to have it, not for all to have applied it: one slow member would hold everybody back. Who must
  // read at another member what was just written asks for BEFORE in that session.
  ['group_replication_consistency', 'EVENTUAL'],
  ['group_replication_unreachable_majority_timeout', String(CUT_OFF_SECONDS)],
  // One that gave up or was thrown out refuses writes and tries to come back, every five minutes for a week; then it ends.
  ['group_replication_autorejoin_tries', '2016'],
  ['group_replication_exit_state_action', 'ABORT_SERVER'],
  ['group_replication_ssl_mode', 'REQUIRED'],
  ['group_replication_recovery_use_ssl', 'ON'],
  ['group_replication_recovery_get_public_key', 'ON'],
  ['group_replication_message_cache_size', String(Math.min(Math.max(Math.floor(memoryBytes / 4), MESSAGE_CACHE.least), MESSAGE_CACHE.most))],
  ...membershipSettings(membership),
];

/** A server that takes writes as soon as it is a full member, and not before. */
export const renderMember = (source: MemberSource): string => {
  const { name, address, port, paths } = source;
  const settings: readonly Setting[] = [
    ['init_file', paths.accounts],
    ['mysqlx', '0'],
    ['secure_file_priv', 'NULL'],
    ['sync_binlog', '1'],
    ['server_id', String(serverIdOf(name))],
    ['report_host', address],
    ['report_port', String(port)],
    ['log_bin', 'binlog'],
    ['relay_log', 'relay'],
    ['binlog_expire_logs_seconds', String(LOG_DAYS * 24 * 60 * 60)],
    ['gtid_mode', 'ON'],
    ['enforce_gtid_consistency', 'ON'],
    // Other engines know no transactions, which could be certified.
    ['disabled_storage_engines', 'MyISAM,BLACKHOLE,FEDERATED,ARCHIVE,MEMORY'],
    // The group's members are read from it.
    ['performance_schema', 'ON'],
    ['super_read_only', '1'],
    ['plugin_load_add', 'group_replication.so;mysql_clone.so'],
    // "loose": a server that makes its data directory loads no plugins.
    ...groupSettings(source).map(([setting, value]): Setting => [`loose_${setting}`, value]),
  ];
  return `${renderServer(MYSQL, source)}${settings.map((setting) => `${setting.join('=')}\n`).join('')}`;
};
