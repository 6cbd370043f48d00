import type { MemberCheck } from '../ports/endpoint.js';

/** It has no password and may do nothing but ask whether its server takes writes; its connections at one time are bounded. */
const ACCOUNT = 'holdfast_check';
const YES = 'holdfast-yes';
const NO = 'holdfast-no';

/**
 * Asked of a member of Group Replication: whether it is a full one, of a majority, and takes writes. A server that starts listens
 * for half a minute before it is (https://dev.mysql.com/doc/refman/9.7/en/performance-schema-replication-group-members-table.html).
 */
export const GROUP_REPLICATION_CHECK: MemberCheck = {
  protocol: 'mysql',
  account: ACCOUNT,
  plugin: 'caching_sha2_password',
  question:
    "SELECT IF(SUM(MEMBER_ID = @@global.server_uuid AND MEMBER_STATE = 'ONLINE') = 1 AND SUM(MEMBER_STATE IN ('ONLINE', 'RECOVERING')) * 2 > COUNT(*) " +
    `AND NOT @@global.super_read_only AND NOT @@global.offline_mode, '${YES}', '${NO}') AS answer FROM performance_schema.replication_group_members`,
  yes: YES,
};

/**
 * Asked of a member of Galera: whether it is in sync, or gives its state to another (2), in the part that has the majority. Otherwise it
 * refuses the question as any other (https://galeracluster.com/library/documentation/node-states.html).
 */
export const GALERA_CHECK: MemberCheck = {
  protocol: 'mysql',
  account: ACCOUNT,
  plugin: 'mysql_native_password',
  question:
    `SELECT IF(COUNT(*) = 3, '${YES}', '${NO}') AS answer FROM information_schema.GLOBAL_STATUS WHERE (VARIABLE_NAME, VARIABLE_VALUE) IN ` +
    "(('WSREP_READY', 'ON'), ('WSREP_CLUSTER_STATUS', 'Primary'), ('WSREP_LOCAL_STATE', '4'), ('WSREP_LOCAL_STATE', '2'))",
  yes: YES,
};
