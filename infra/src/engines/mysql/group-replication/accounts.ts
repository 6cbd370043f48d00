import { escape } from 'mysql2';
import { type EngineCredentials, GROUP_REPLICATION_CHECK } from '@holdfast/domain';
import { backupLogin, renderAccounts, renderCheckAccount } from '../accounts.js';
import { MYSQL } from '../mysql.dialect.js';

/** What members get what they lack through. */
export const RECOVERY_CHANNEL = 'group_replication_recovery';

/** Who is in the group, where, and in which state. */
const SEES_ITS_GROUP = 'SELECT ON performance_schema.replication_group_members';

/**
 * Statements that the server runs at each start before it joins its group, one a line and never part of its log: the driver's
 * accounts, and the login that it gets from another member what it lacks with
 * (https://dev.mysql.com/doc/refman/9.7/en/group-replication-user-credentials.html). Its password is made for servers alone. No
 * connection is let in before they are done.
 */
export const renderMemberAccounts = (credentials: EngineCredentials): string => {
  const { user, password } = backupLogin(credentials);
  return [
    'SET GLOBAL super_read_only = 0;',
    renderAccounts(MYSQL, credentials).trimEnd(),
    renderCheckAccount(GROUP_REPLICATION_CHECK, "IDENTIFIED WITH caching_sha2_password BY ''", [SEES_ITS_GROUP]).trimEnd(),
    // The second lets it in where applications are shut out.
    `GRANT REPLICATION SLAVE, CONNECTION_ADMIN ON *.* TO ${escape(user)}@'%';`,
    `CHANGE REPLICATION SOURCE TO SOURCE_USER = ${escape(user)}, SOURCE_PASSWORD = ${escape(password)} FOR CHANNEL '${RECOVERY_CHANNEL}';`,
    'SET GLOBAL super_read_only = 1;',
    '',
  ].join('\n');
};
