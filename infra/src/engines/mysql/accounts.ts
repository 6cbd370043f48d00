import { createHash } from 'node:crypto';
import { escape } from 'mysql2';
import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { type Login, type Session, withSession } from './session.js';

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

/** For copies: what mariadb-backup needs (https://mariadb.com/kb/en/mariadb-backup-overview/). */
export const backupLogin = (credentials: EngineCredentials): Login => ({ user: credentials.replication.user, password: toolPassword(credentials) });

/** The hash that the server keeps: twice SHA-1. So no statement and no file holds the password. */
const hashOf = (password: string): string => {
  const sha1 = (bytes: string | Buffer): Buffer => createHash('sha1').update(bytes).digest();
  return `*${sha1(sha1(password)).toString('hex').toUpperCase()}`;
};

/** Statements that make the account what it is to be, whether it is there or not. */
const account = ({ user, password }: Login, rights: readonly string[]): string[] => {
  const name = `${escape(user)}@'%'`;
  const by = `IDENTIFIED VIA mysql_native_password USING ${escape(hashOf(password))}`;
  return [`CREATE USER IF NOT EXISTS ${name} ${by}`, `ALTER USER ${name} ${by}`, ...rights.map((right) => right.replace('$', name))];
};

/** One statement a line, run by the server at each start and never part of its log. Nobody but ours gets in without a password. */
export const renderAccounts = (credentials: EngineCredentials): string =>
  [
    'SET sql_log_bin = 0',
    "DELETE FROM mysql.global_priv WHERE User IN ('', 'root')",
    'FLUSH PRIVILEGES',
    ...account(credentials.superuser, ['GRANT ALL PRIVILEGES ON *.* TO $ WITH GRANT OPTION']),
    ...account(backupLogin(credentials), ['GRANT RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR ON *.* TO $']),
  ]
    .map((statement) => `${statement};\n`)
    .join('');

/** The application's database, and an account that may do everything in it and nothing elsewhere. Replicas get it with the log. */
export const ensureApplication = async (session: Session, { application }: EngineCredentials): Promise<void> => {
  const database = `\`${application.database.replaceAll('`', '``')}\``;
  const [known] = await session.query("SELECT JSON_VALUE(Priv, '$.authentication_string') AS hash FROM mysql.global_priv WHERE User = ? AND Host = '%'", [application.user]);
  const databases = await session.query('SELECT 1 FROM information_schema.schemata WHERE schema_name = ?', [application.database]);
  if (known?.['hash'] === hashOf(application.password) && databases.length > 0) return;
  // In a grant, these two stand for any character.
  const pattern = database.replaceAll(/[_%]/g, '\\$&');
  const statements = [`CREATE DATABASE IF NOT EXISTS ${database} CHARACTER SET utf8mb4`, ...account(application, [`GRANT ALL PRIVILEGES ON ${pattern}.* TO $`])];
  for (const statement of statements) await session.query(statement);
};

/** Lets the replica in from now on. Only here: the account is not part of the log, so that each upstream keeps its own. */
export const reserveReplica = (upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void> =>
  withSession(upstream, credentials.superuser, async (session) => {
    await session.query('SET sql_log_bin = 0');
    const login = { user: replicaAccount(replicaName), password: toolPassword(credentials) };
    for (const statement of account(login, ['GRANT REPLICATION SLAVE ON *.* TO $'])) await session.query(statement);
  });

/** Ends the replica's connection and lets it in no more. Nothing to do when it was never let in. */
export const releaseReplica = (upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void> =>
  withSession(upstream, credentials.superuser, (session) => removeReplicas(session, [replicaAccount(replicaName)]));

/** What a former primary, or a copy of one, kept for replicas. */
export const releaseAllReplicas = async (session: Session): Promise<void> => {
  const rows = await session.query('SELECT User AS user FROM mysql.global_priv WHERE LEFT(User, ?) = ?', [REPLICA_PREFIX.length, REPLICA_PREFIX]);
  await removeReplicas(session, rows.map((row) => row['user'] ?? ''));
};

const removeReplicas = async (session: Session, accounts: readonly string[]): Promise<void> => {
  await session.query('SET sql_log_bin = 0');
  for (const user of accounts) {
    await session.query("DROP USER IF EXISTS ?@'%'", [user]);
    await session.query('KILL HARD USER ?', [user]);
  }
};
