import { createHash } from 'node:crypto';
import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import type { Session } from './session.js';
import { withSession } from './session.js';

/**
 * What an application may do: everything with data, and looking. Not: configuration, replication, users, other clients, debugging.
 * `@dangerous` also holds what changes or reads nothing but the application's own data; that is given back by name.
 * Categories: https://valkey.io/topics/acl/
 */
const APPLICATION_RIGHTS = ['~*', '&*', '+@all', '-@admin', '-@dangerous', '+info', '+role', '+keys', '+sort', '+sort_ro', '+flushdb', '+flushall'];
/** As the documentation of ACLs gives for `masteruser`. No keys, no channels. */
const REPLICATION_RIGHTS = ['+psync', '+replconf', '+ping'];
/** Between members of a sharded cluster, any of which may come to copy another; and what MIGRATE does on the node that a key goes to. */
const MEMBER_RIGHTS = [...REPLICATION_RIGHTS, '~*', '+asking', '+restore', '+restore-asking', '+select'];
/**
 * What a server does on another while it moves slots to it (Valkey 9): it replays what its clients write. The members' user could write any
 * key before, by RESTORE. Only given for a move, since other versions do not know the command and would refuse the file.
 */
export const IMPORT_RIGHTS = ['+cluster|syncslots', '+@write', '+@transaction'];
const SUPERUSER_RIGHTS = ['~*', '&*', '+@all'];

/** Only the hash is ever written: no file and no reply of the server holds a password. */
const hashOf = (password: string): string => `#${createHash('sha256').update(password).digest('hex')}`;

/** Each replica has a user of its own: the upstream tells them apart by it, and shuts one out by removing it. */
export const replicaUser = (credentials: EngineCredentials, replicaName: string): string => `${credentials.replication.user}:${replicaName}`;

export const replicaNameOf = (credentials: EngineCredentials, user: string): string | undefined => {
  const prefix = replicaUser(credentials, '');
  return user.startsWith(prefix) ? user.slice(prefix.length) : undefined;
};

const rule = (password: string, rights: readonly string[]): string[] => ['reset', 'on', hashOf(password), ...rights];

/** The file of users; those of replicas in `former` stay. Members of a sharded cluster share one. */
export const renderUsers = ({ superuser, replication, application }: EngineCredentials, former = '', sharded = false): string => {
  const line = (user: string, words: readonly string[]): string => `user ${user} ${words.join(' ')}\n`;
  const replicas = former.split('\n').filter((text) => text.startsWith(`user ${replication.user}:`));
  return [
    // Who gives no name is nobody.
    line('default', ['reset', 'off', '-@all']),
    line(superuser.user, rule(superuser.password, SUPERUSER_RIGHTS)),
    line(application.user, rule(application.password, APPLICATION_RIGHTS)),
    ...(sharded ? [line(replication.user, rule(replication.password, MEMBER_RIGHTS))] : []),
    ...replicas.map((text) => `${text}\n`),
  ].join('');
};

/** Lets the replica in from now on, also after a restart. */
export const reserveReplica = async (upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void> => {
  await withSession(upstream, credentials.superuser, async (session) => {
    await session.ask('ACL', 'SETUSER', replicaUser(credentials, replicaName), ...rule(credentials.replication.password, REPLICATION_RIGHTS));
    await session.ask('ACL', 'SAVE');
  });
};

/** Ends the replica's connection and lets it in no more. Nothing to do when it was never let in. */
export const releaseReplica = async (upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void> => {
  await withSession(upstream, credentials.superuser, (session) => removeUsers(session, [replicaUser(credentials, replicaName)]));
};

/** What a former primary kept for replicas. */
export const releaseAllReplicas = async (session: Session, credentials: EngineCredentials): Promise<void> => {
  const users = (await session.ask('ACL', 'USERS')) as string[];
  await removeUsers(session, users.filter((user) => replicaNameOf(credentials, user) !== undefined));
};

/** Removing a user also ends its connections. */
const removeUsers = async (session: Session, users: readonly string[]): Promise<void> => {
  if (users.length === 0) return;
  const removed = await session.ask('ACL', 'DELUSER', ...users);
  if (removed !== 0) await session.ask('ACL', 'SAVE');
};
