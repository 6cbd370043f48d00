import { createHash } from 'node:crypto';
import { escape } from 'mysql2';
import type { EngineCredentials, EngineNode, MemberCheck } from '@holdfast/domain';
import type { Dialect } from './dialect.js';
import { type Login, type Session, withSession } from './session.js';
import { killConnection, listConnections } from './state.js';

/** Each replica has an account of its own: the upstream tells them apart by it, and shuts one out by removing it. */
const REPLICA_PREFIX = 'replica:';
/** Longest name of an account (https://dev.mysql.com/doc/refman/9.4/en/user-names.html); MariaDB allows more. */
const ACCOUNT_LENGTH_MAX = 32;

export const replicaAccount = (replicaName: string): string => {
  const account = `${REPLICA_PREFIX}${replicaName}`;
  if (account.length > ACCOUNT_LENGTH_MAX) throw new Error(`A replica's name has at most ${ACCOUNT_LENGTH_MAX - REPLICA_PREFIX.length} characters, unlike ${replicaName}.`);
  return account;
};

export const replicaNameOf = (account: string): string | undefined => (account.startsWith(REPLICA_PREFIX) ? account.slice(REPLICA_PREFIX.length) : undefined);

/**
 * The password of accounts that only servers and tools use: made from the replication password, since a replica's is cut at 32
 * characters (https://dev.mysql.com/doc/refman/9.4/en/change-replication-source-to.html), and an option file cannot hold every one.
 */
export const toolPassword = ({ replication }: EngineCredentials): string => createHash('sha256').update(`holdfast ${replication.password}`).digest('base64url').slice(0, 32);

/** The account that copies are made with. */
export const backupLogin = (credentials: EngineCredentials): Login => ({ user: credentials.replication.user, password: toolPassword(credentials) });

/** Statements that make the account what it is to be, whether it is there or not. */
const account = (dialect: Dialect, login: Login, credentials: EngineCredentials, rights: readonly string[]): string[] => {
  const name = `${escape(login.user)}@'%'`;
  const by = dialect.identifiedBy(login, credentials);
  return [`CREATE USER IF NOT EXISTS ${name} ${by}`, `ALTER USER ${name} ${by}`, ...rights.map((right) => right.replace('$', () => name))];
};

/** One statement a line, run by the server at each start and never part of its log. Nobody but ours gets in without a password. */
export const renderAccounts = (dialect: Dialect, credentials: EngineCredentials): string =>
  [
    'SET sql_log_bin = 0',
    ...dialect.removeOpenAccounts,
    ...account(dialect, credentials.superuser, credentials, ['GRANT ALL PRIVILEGES ON *.* TO $ WITH GRANT OPTION']),
    ...account(dialect, backupLogin(credentials), credentials, [`GRANT ${dialect.copyRights} ON *.* TO $`]),
  ]
    .map((statement) => `${statement};\n`)
    .join('');

/** Connections that the check's account may have at one time: an endpoint asks one after the other, and one that hangs is asked again. */
const CHECK_CONNECTIONS_MAX = 10;

/**
 * Statements for the account that endpoints ask with, one a line, not part of any log where they stand after `renderAccounts`. It has
 * no password: what it may see is not secret, and it may change nothing.
 *
 * @param identified how the server is told that there is no password
 */
export const renderCheckAccount = ({ account: user }: MemberCheck, identified: string, rights: readonly string[] = []): string => {
  const name = `${escape(user)}@'%'`;
  const as = `${name} ${identified} WITH MAX_USER_CONNECTIONS ${CHECK_CONNECTIONS_MAX}`;
  return [`CREATE USER IF NOT EXISTS ${as}`, `ALTER USER ${as}`, ...rights.map((right) => `GRANT ${right} TO ${name}`)].map((statement) => `${statement};\n`).join('');
};

/** The application's database, and an account that may do everything in it and nothing elsewhere. Replicas get it with the log. */
export const ensureApplication = async (session: Session, credentials: EngineCredentials): Promise<void> => {
  const { dialect } = session;
  const { application } = credentials;
  const database = `\`${application.database.replaceAll('`', '``')}\``;
  const [known] = await session.query("SELECT authentication_string AS kept FROM mysql.user WHERE User = ? AND Host = '%'", [application.user]);
  const databases = await session.query('SELECT 1 FROM information_schema.schemata WHERE schema_name = ?', [application.database]);
  if (dialect.isIdentifiedBy(known?.['kept'] ?? '', application, credentials) && databases.length > 0) return;
  // In a grant, these two stand for any character.
  const pattern = database.replaceAll(/[_%]/g, '\\$&');
  const statements = [`CREATE DATABASE IF NOT EXISTS ${database} CHARACTER SET utf8mb4`, ...account(dialect, application, credentials, [`GRANT ALL PRIVILEGES ON ${pattern}.* TO $`])];
  for (const statement of statements) await session.query(statement);
};

/** Lets the replica in from now on. Only here: the account is not part of the log, so that each upstream keeps its own. */
export const reserveReplica = (dialect: Dialect, upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void> =>
  withSession(dialect, upstream, credentials.superuser, (session) =>
    dialect.editAccounts(session, async () => {
      const login = { user: replicaAccount(replicaName), password: toolPassword(credentials) };
      for (const statement of account(dialect, login, credentials, ['GRANT REPLICATION SLAVE ON *.* TO $'])) await session.query(statement);
    }),
  );

/** Ends the replica's connection and lets it in no more. Nothing to do when it was never let in. */
export const releaseReplica = (dialect: Dialect, upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void> =>
  withSession(dialect, upstream, credentials.superuser, (session) => removeReplicas(session, [replicaAccount(replicaName)]));

/** What a former primary, or a copy of one, kept for replicas. */
export const releaseAllReplicas = async (session: Session): Promise<void> => {
  const rows = await session.query('SELECT User AS user FROM mysql.user WHERE LEFT(User, ?) = ?', [REPLICA_PREFIX.length, REPLICA_PREFIX]);
  await removeReplicas(session, rows.map((row) => row['user'] ?? ''));
};

/** Once the account is gone nobody comes in by it, so whoever is connected then is the last. */
const removeReplicas = async (session: Session, accounts: readonly string[]): Promise<void> => {
  if (accounts.length === 0) return;
  await session.dialect.editAccounts(session, async () => {
    for (const user of accounts) await session.query("DROP USER IF EXISTS ?@'%'", [user]);
  });
  for (const { id } of (await listConnections(session)).filter(({ user }) => accounts.includes(user))) await killConnection(session, id);
};
