import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { conninfoOf, renderUpstreamConfig, type UpstreamSettings } from './configuration.js';
import { ReplicaNotReady, SettingNotInForce, WrongNodeState } from '../../engine-support/node-errors.js';
import { LAYOUT, pathOn, slotNameOf } from './layout.js';
import { compareLsn } from './lsn.js';
import { renameDirectory } from './primary.js';
import { isInRecovery, type Server } from './server.js';
import { claimSlot } from './slots.js';
import { isConnectionProblem, oneRow, OWNED_RELOADABLE, resetOwnedSettings, type Session, withSession } from './sql.js';
import { waitFor } from '../../engine-support/waiting.js';

/** A copy of any size may take this long; the caller's signal ends it earlier. */
const CLONE_TIMEOUT_MS = 24 * 60 * 60_000;
const RELOAD_TIMEOUT_MS = 15_000;
/** A replica that has not come one byte further in this time will not catch up by waiting. */
const STALL_TIMEOUT_MS = 60_000;

export const upstreamSettings = (node: EngineNode, upstream: EngineNode, credentials: EngineCredentials): UpstreamSettings => ({
  host: upstream.machine.address,
  port: upstream.port,
  user: credentials.replication.user,
  passfilePath: pathOn(node, LAYOUT.passfile),
  nodeName: node.name,
  slotName: slotNameOf(node.name),
});

/**
 * Copies the upstream's whole data directory with pg_basebackup, which verifies the checksums of what it copies. The log made
 * meanwhile comes by a second connection, which uses the replica's own slot: so the slot moves on during a long copy and cannot
 * be lost to its size limit. A directory that is there already is a complete copy.
 */
export const cloneFrom = async (server: Server, node: EngineNode, upstream: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void> => {
  const { machine } = node;
  signal.throwIfAborted();
  if (!(await machine.fileExists(LAYOUT.data))) {
    await machine.removePath(LAYOUT.unfinished);
    await server.writeConfiguration(node, credentials);
    const slot = await claimSlot(upstream, node.name, credentials);
    await machine.run({
      argv: [
        await server.program(node, 'pg_basebackup'),
        ...['--dbname', conninfoOf({ ...upstreamSettings(node, upstream, credentials), nodeName: 'pg_basebackup' })],
        ...['--pgdata', pathOn(node, LAYOUT.unfinished)],
        ...['--wal-method', 'stream', '--slot', slot, '--checkpoint', 'fast', '--no-password'],
      ],
      timeoutMs: CLONE_TIMEOUT_MS,
      signal,
    });
    await renameDirectory(node, LAYOUT.unfinished, LAYOUT.data);
  }
  // The copy brought the upstream's ALTER SYSTEM settings.
  await server.clearAutoConfig(node);
};

/** Makes a node with a copy follow `upstream`: by starting it, or by reload when it runs. Answers when the setting is in force. */
export const followUpstream = async (server: Server, node: EngineNode, upstream: EngineNode, credentials: EngineCredentials): Promise<void> => {
  const settings = upstreamSettings(node, upstream, credentials);
  const running = await server.isRunning(node);
  if (running) await refuseIfPrimary(node, credentials);
  else await server.writeConfiguration(node, credentials);
  await node.machine.writeFile(LAYOUT.upstreamConfig, renderUpstreamConfig(settings), { mode: 0o600 });
  await node.machine.writeFile(`${LAYOUT.data}/standby.signal`, '', { mode: 0o600 });
  await server.start(node, credentials);
  await withSession(node, credentials.superuser, async (session) => {
    if (running) await reloadConfiguration(session);
    await waitUntilInForce(node, session, 'primary_conninfo', conninfoOf(settings));
  });
};

const refuseIfPrimary = async (node: EngineNode, credentials: EngineCredentials): Promise<void> => {
  await withSession(node, credentials.superuser, async (session) => {
    if (!(await isInRecovery(session))) throw new WrongNodeState(node.name, 'it is a running primary and cannot follow another node.');
  });
};

/** Has every process of the server read its files again, after what ALTER SYSTEM put over them is gone. */
export const reloadConfiguration = async (session: Session): Promise<void> => {
  await resetOwnedSettings(session, OWNED_RELOADABLE);
  await session.query('select pg_reload_conf()');
};

export const waitUntilInForce = async (node: EngineNode, session: Session, setting: string, expected: string): Promise<void> => {
  await waitFor(
    async () => {
      const { value } = await oneRow<{ value: string }>(session, 'select current_setting($1) as value', [setting]);
      return value === expected ? true : undefined;
    },
    {
      timeoutMs: RELOAD_TIMEOUT_MS,
      onTimeout: () => new SettingNotInForce(node.name, `it did not take over ${setting} in ${RELOAD_TIMEOUT_MS} ms.`),
    },
  );
};

interface ReplicaProgress {
  readonly streaming: boolean;
  readonly replayed: string | null;
}

const progressOf = (session: Session): Promise<ReplicaProgress & Record<string, unknown>> =>
  oneRow(
    session,
    `select pg_last_wal_replay_lsn()::text as replayed,
            exists (select from pg_stat_wal_receiver where status = 'streaming') as streaming`,
  );

/** What the upstream has on its disk now, whatever its role. */
const positionOf = async (session: Session): Promise<string> =>
  (
    await oneRow<{ position: string }>(
      session,
      `select (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end)::text as position`,
    )
  ).position;

/**
 * Waits until the replica streams from this very upstream and has replayed what the upstream had at the call. However long that
 * takes: it gives up only when there is no progress for a minute, or when the signal ends it.
 */
export const waitUntilCaughtUp = async (
  server: Server,
  node: EngineNode,
  upstream: EngineNode,
  credentials: EngineCredentials,
  signal: AbortSignal,
): Promise<void> => {
  const target = await withSession(upstream, credentials.superuser, positionOf);
  let best = '';
  let progressAt = performance.now();
  const stalled = async (): Promise<Error> =>
    new ReplicaNotReady(node.name, `it does not catch up with ${upstream.name}: at ${best || 'nothing'} of ${target}.`, await server.logTail(node));
  const look = async (session: Session, upstreamSession: Session): Promise<true | undefined> => {
    const { streaming, replayed } = await progressOf(session);
    if (replayed !== null && replayed !== best) [best, progressAt] = [replayed, performance.now()];
    const there = streaming && replayed !== null && compareLsn(replayed, target) >= 0;
    if (there && (await streamsFrom(upstreamSession, node.name))) return true;
    if (performance.now() - progressAt > STALL_TIMEOUT_MS) throw await stalled();
    return undefined;
  };
  const limits = { timeoutMs: CLONE_TIMEOUT_MS, signal, onTimeout: stalled };
  await waitFor(
    async () => {
      try {
        return await withSession(upstream, credentials.superuser, (upstreamSession) =>
          withSession(node, credentials.superuser, (session) => waitFor(() => look(session, upstreamSession), limits)),
        );
      } catch (error) {
        // Either server may restart meanwhile; what counts is progress.
        if (!isConnectionProblem(error) || performance.now() - progressAt > STALL_TIMEOUT_MS) throw error;
        return undefined;
      }
    },
    { ...limits, intervalMs: 100 },
  );
};

const streamsFrom = async (session: Session, name: string): Promise<boolean> => {
  const rows = await session.query(`select 1 as found from pg_stat_replication where application_name = $1 and state = 'streaming'`, [name]);
  return rows.length > 0;
};
