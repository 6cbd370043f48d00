import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { WrongNodeState } from '../../engine-support/node-errors.js';
import { LAYOUT, majorOf, pathOn } from './layout.js';
import { scramVerifier, verifierMatches } from './scram.js';
import { isInRecovery, type Server, TOOL_TIMEOUT_MS } from './server.js';
import { errorCode, quoteIdentifier, quoteLiteral, type Session, SQLSTATE, withSession } from './sql.js';

const INITDB_TIMEOUT_MS = 5 * 60_000;
/** From this major on PostgreSQL brings a UTF-8 locale of its own, the same on every operating system. */
const BUILTIN_LOCALE_SINCE = 17;

/** What pg_rewind reads from its source; with these rights it needs no superuser. From the manual, pg_rewind, "Notes". */
const REWIND_FUNCTIONS = [
  'pg_ls_dir(text, boolean, boolean)',
  'pg_stat_file(text, boolean)',
  'pg_read_binary_file(text)',
  'pg_read_binary_file(text, bigint, bigint, boolean)',
];

/** Makes a node the first of a cluster: data directory, configuration, server, roles and the application's database. */
export const startAsPrimary = async (server: Server, node: EngineNode, credentials: EngineCredentials): Promise<void> => {
  await initialise(server, node, credentials);
  await server.writeConfiguration(node, credentials);
  await server.start(node, credentials);
  await withSession(node, credentials.superuser, async (session) => {
    if (await isInRecovery(session)) throw new WrongNodeState(node.name, 'it is a replica; it becomes a primary only by promotion.');
    await ensureRoles(session, credentials);
    await ensureDatabase(session, credentials.application);
  });
  await ensureExtensions(server, node, credentials);
};

/** A data directory that is there is complete: it is made under another name, and what a killed try left there is thrown away. */
const initialise = async (server: Server, node: EngineNode, credentials: EngineCredentials): Promise<void> => {
  const { machine } = node;
  if (await machine.fileExists(LAYOUT.data)) return;
  await machine.removePath(LAYOUT.unfinished);
  // initdb takes a verifier in place of a password, so not even this short-lived file holds the password.
  await machine.writeFile(LAYOUT.initialPassword, `${scramVerifier(credentials.superuser.password)}\n`, { mode: 0o600 });
  try {
    await machine.run({
      argv: [
        await server.program(node, 'initdb'),
        ...['-D', pathOn(node, LAYOUT.unfinished)],
        ...['--username', credentials.superuser.user],
        `--pwfile=${pathOn(node, LAYOUT.initialPassword)}`,
        ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--data-checksums', '--no-instructions'],
        ...(await localeOptions(node)),
      ],
      timeoutMs: INITDB_TIMEOUT_MS,
    });
  } finally {
    await machine.removePath(LAYOUT.initialPassword);
  }
  await renameDirectory(node, LAYOUT.unfinished, LAYOUT.data);
};

/** UTF-8 with code point order everywhere: an index built on one machine is right on another. */
const localeOptions = async (node: EngineNode): Promise<string[]> => {
  if (majorOf(node.engineVersion) >= BUILTIN_LOCALE_SINCE) {
    return ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  }
  const { stdout } = await node.machine.exec({ argv: ['locale', '-a'], timeoutMs: TOOL_TIMEOUT_MS });
  const name = stdout.split('\n').find((line) => /^C\.utf-?8$/i.test(line.trim()));
  return [`--locale=${name?.trim() ?? 'C'}`];
};

/** One rename is atomic: a directory under its final name is whole. */
export const renameDirectory = async (node: EngineNode, from: string, to: string): Promise<void> => {
  await node.machine.run({ argv: ['mv', pathOn(node, from), pathOn(node, to)], timeoutMs: TOOL_TIMEOUT_MS });
};

const ensureRoles = async (session: Session, credentials: EngineCredentials): Promise<void> => {
  const { superuser, replication, application } = credentials;
  await ensureRole(session, superuser, 'superuser');
  await ensureRole(session, replication, 'nosuperuser replication');
  await ensureRole(session, application, 'nosuperuser nocreaterole nocreatedb');
  for (const signature of REWIND_FUNCTIONS) {
    await session.query(`grant execute on function pg_catalog.${signature} to ${quoteIdentifier(replication.user)}`);
  }
};

/** Sets the password only when it is not set already, so that a repeated call writes nothing. */
const ensureRole = async (session: Session, role: { user: string; password: string }, attributes: string): Promise<void> => {
  const name = quoteIdentifier(role.user);
  const stored = (await session.query<{ rolpassword: string | null }>('select rolpassword from pg_authid where rolname = $1', [role.user]))[0];
  if (!stored) {
    await session.query(`create role ${name} login ${attributes} password ${quoteLiteral(scramVerifier(role.password))}`);
  } else if (!verifierMatches(stored.rolpassword, role.password)) {
    await session.query(`alter role ${name} login ${attributes} password ${quoteLiteral(scramVerifier(role.password))}`);
  }
};

const ensureDatabase = async (session: Session, application: EngineCredentials['application']): Promise<void> => {
  const [found] = await session.query('select 1 as found from pg_database where datname = $1', [application.database]);
  if (found) return;
  try {
    await session.query(`create database ${quoteIdentifier(application.database)} owner ${quoteIdentifier(application.user)}`);
  } catch (error) {
    if (errorCode(error) !== SQLSTATE.duplicateDatabase) throw error;
  }
};

/** Only a superuser may make an extension that the server preloads; replicas get it with the rest of the database. */
const ensureExtensions = async ({ flavour }: Server, node: EngineNode, { superuser, application }: EngineCredentials): Promise<void> => {
  if (flavour.extensions.length === 0) return;
  await withSession(node, { ...superuser, database: application.database }, async (session) => {
    for (const name of flavour.extensions) await session.query(`create extension if not exists ${quoteIdentifier(name)}`);
  });
};
