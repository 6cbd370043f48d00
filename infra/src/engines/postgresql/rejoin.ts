import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { CommandFailed } from '@holdfast/domain';
import { type ControlData, isCleanlyStopped, restPosition } from './control-data.js';
import { conninfoOf } from './configuration.js';
import { ServerDidNotStart, WrongNodeState } from '../../engine-support/node-errors.js';
import { LAYOUT, majorOf, pathOn } from './layout.js';
import { renameDirectory } from './primary.js';
import { findRefusal } from './refusals.js';
import { cloneFrom, followUpstream, upstreamSettings } from './replica.js';
import { isInRecovery, type Server, TOOL_TIMEOUT_MS } from './server.js';
import { reserveReplica } from './slots.js';
import { oneRow, type Session, withSession } from './sql.js';
import { hasWalFrom, isFollowing, waitForStreaming } from './streaming.js';
import { parseTimelineHistory, relationOf, type UpstreamLog } from './timeline.js';

export type RejoinWay = 'as-is' | 'rewind' | 'clone';

/** A former primary is not served from any more: its clean stop may take this long, then it is ended by force. */
const STOP_TIMEOUT_MS = 60_000;
/** pg_rewind reads all of the diverged log and copies what changed. */
const REWIND_TIMEOUT_MS = 6 * 60 * 60_000;

/** What one rejoin works with. */
interface Rejoin {
  readonly server: Server;
  readonly node: EngineNode;
  readonly upstream: EngineNode;
  readonly credentials: EngineCredentials;
  readonly signal: AbortSignal;
}

/**
 * Makes a former primary a replica in the cheapest way that is certain to be right, and goes on to the next one when the server
 * itself refuses: as it is, by rewind, by a new copy.
 */
export const rejoinAsReplica = async (rejoin: Rejoin): Promise<{ way: RejoinWay }> => {
  const { server, node, upstream, credentials } = rejoin;
  const log = await withSession(upstream, credentials.superuser, (session) => readUpstreamLog(upstream, session));
  await reserveReplica(upstream, node.name, credentials);
  if (await isFollowing(node, upstream, credentials)) return { way: await rememberedWay(rejoin, log) };

  await server.stopInAnyCase(node, STOP_TIMEOUT_MS);
  for (const way of await possibleWays(rejoin, log)) {
    rejoin.signal.throwIfAborted();
    await remember(rejoin, log, way);
    if (await attempt(rejoin, way)) return { way };
    await server.stopInAnyCase(node, STOP_TIMEOUT_MS);
  }
  throw new WrongNodeState(node.name, `${upstream.name} does not feed it, not even after a new copy.`, await server.logTail(node));
};

/**
 * The ways to try, cheapest first. A copy is always the last resort, and the only way for what is not a whole directory of this
 * cluster. Where the machine has no pg_rewind of the server's major, what has diverged is copied; the answer and its fact say so.
 */
const possibleWays = async ({ server, node, upstream, credentials }: Rejoin, log: UpstreamLog): Promise<RejoinWay[]> => {
  if (!(await node.machine.fileExists(`${LAYOUT.data}/PG_VERSION`))) return ['clone'];
  const control = await server.controlData(node);
  const relation = relationOf(control, log);
  if (relation === 'foreign') return ['clone'];
  const rewind: RejoinWay[] = (await isOfServersMajor(node, await server.program(node, 'pg_rewind'))) ? ['rewind'] : [];
  if (relation === 'diverged') return [...rewind, 'clone'];
  const fed = await withSession(upstream, credentials.superuser, (session) => hasWalFrom(session, restPosition(control)));
  return fed ? ['as-is', ...rewind, 'clone'] : ['clone'];
};

/** Whether the node streams, or at least was not refused, after going this way. */
const attempt = async (rejoin: Rejoin, way: RejoinWay): Promise<boolean> => {
  const { server, node, upstream, credentials, signal } = rejoin;
  if (way === 'rewind' && !(await rewind(rejoin))) return false;
  if (way === 'clone') {
    await Promise.all([LAYOUT.data, LAYOUT.rewinding].map((path) => node.machine.removePath(path)));
    await cloneFrom(server, node, upstream, credentials, signal);
  }
  await forgetSlots(node);
  try {
    await followUpstream(server, node, upstream, credentials);
  } catch (error) {
    if (error instanceof ServerDidNotStart && way !== 'clone') return false;
    throw error;
  }
  await waitForStreaming(server, node, credentials, signal);
  return (await findRefusal(node)) === undefined;
};

/** A former primary's slots would keep its log for ever now that nobody streams from it. The server is stopped, so they are only files. */
const forgetSlots = async (node: EngineNode): Promise<void> => {
  const path = `${LAYOUT.data}/pg_replslot`;
  await node.machine.removePath(path);
  await node.machine.run({ argv: ['mkdir', '-m', '700', pathOn(node, path)], timeoutMs: TOOL_TIMEOUT_MS });
};

/**
 * Undoes what the upstream does not have. The directory carries another name meanwhile: after a kill, or when pg_rewind fails in
 * the middle, nobody can tell its state, and it is copied anew. Answers false when this way is closed.
 */
const rewind = async ({ server, node, upstream, credentials, signal }: Rejoin): Promise<boolean> => {
  const program = await server.program(node, 'pg_rewind');
  // Before 16, pg_rewind reads the upstream's timeline from its control file, which only a checkpoint after promotion updates.
  await withSession(upstream, credentials.superuser, (session) => session.query('checkpoint'), { queryTimeoutMs: STOP_TIMEOUT_MS });
  await recoverFromCrash(server, node);
  await node.machine.removePath(LAYOUT.rewinding);
  await renameDirectory(node, LAYOUT.data, LAYOUT.rewinding);
  try {
    await node.machine.run({
      argv: [
        program,
        ...['--target-pgdata', pathOn(node, LAYOUT.rewinding)],
        ...['--source-server', conninfoOf(upstreamSettings(node, upstream, credentials), 'postgres')],
      ],
      timeoutMs: REWIND_TIMEOUT_MS,
      signal,
    });
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.exitCode === 'cancelled') throw error;
    return false;
  }
  await renameDirectory(node, LAYOUT.rewinding, LAYOUT.data);
  return true;
};

/** 18's pg_rewind fails on a server of 17, after it has begun to write. False also where there is none: its exit code is then 126 or 127. */
const isOfServersMajor = async (node: EngineNode, program: string): Promise<boolean> => {
  const { exitCode, stdout } = await node.machine.exec({ argv: [program, '--version'], timeoutMs: TOOL_TIMEOUT_MS });
  const version = /(\d+)(\.\d+)*/.exec(stdout)?.[0] ?? '';
  return exitCode === 0 && majorOf(version) === majorOf(node.engineVersion);
};

/**
 * pg_rewind needs a directory that was stopped in good order. After a crash the server itself repairs that, alone with one
 * session on its standard input, so that no client can write.
 */
const recoverFromCrash = async (server: Server, node: EngineNode): Promise<void> => {
  const control: ControlData = await server.controlData(node);
  if (isCleanlyStopped(control)) return;
  await node.machine.removePath(`${LAYOUT.data}/standby.signal`);
  await node.machine.run({
    argv: [
      await server.program(node, 'postgres'),
      ...['--single', '-F', '-D', pathOn(node, LAYOUT.data), '-c', `config_file=${pathOn(node, LAYOUT.config)}`, 'template1'],
    ],
    stdin: '',
    timeoutMs: REWIND_TIMEOUT_MS,
  });
};

const readUpstreamLog = async (upstream: EngineNode, session: Session): Promise<UpstreamLog> => {
  if (await isInRecovery(session)) throw new WrongNodeState(upstream.name, 'it is not a primary, so no former primary can follow it.');
  // The timeline in pg_control is that of the last checkpoint, which lags behind a promotion; the log's file name does not.
  const row = await oneRow<{ system: string; position: string; file: string }>(
    session,
    `select (select system_identifier::text from pg_control_system()) as system,
            pg_current_wal_lsn()::text as position, pg_walfile_name(pg_current_wal_lsn()) as file`,
  );
  const name = row.file.slice(0, 8);
  const timeline = Number.parseInt(name, 16);
  const history = timeline === 1 ? '' : (await oneRow<{ text: string }>(session, 'select pg_read_file($1) as text', [`pg_wal/${name}.history`])).text;
  return { systemIdentifier: row.system, timeline, history: parseTimelineHistory(history), position: row.position };
};

const memoryOf = ({ upstream }: Rejoin, log: UpstreamLog): { upstream: string; timeline: number } => ({
  upstream: upstream.name,
  timeline: log.timeline,
});

const remember = async (rejoin: Rejoin, log: UpstreamLog, way: RejoinWay): Promise<void> => {
  await rejoin.node.machine.writeFile(LAYOUT.rejoined, JSON.stringify({ ...memoryOf(rejoin, log), way }));
};

/** The way of the call that made this node follow this upstream; `as-is` when another call than a rejoin did. */
const rememberedWay = async (rejoin: Rejoin, log: UpstreamLog): Promise<RejoinWay> => {
  if (!(await rejoin.node.machine.fileExists(LAYOUT.rejoined))) return 'as-is';
  const memory: unknown = JSON.parse(await rejoin.node.machine.readFile(LAYOUT.rejoined));
  const expected = memoryOf(rejoin, log);
  if (typeof memory !== 'object' || memory === null || !('way' in memory)) return 'as-is';
  const same = 'upstream' in memory && memory.upstream === expected.upstream && 'timeline' in memory && memory.timeline === expected.timeline;
  return same && (memory.way === 'rewind' || memory.way === 'clone') ? memory.way : 'as-is';
};
