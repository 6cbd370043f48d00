import type { EngineCredentials, EngineNode, LogPosition } from '@holdfast/domain';
import { CommandFailed } from '@holdfast/domain';
import { isCleanlyStopped, restPosition } from './control-data.js';
import { PromotionTimedOut, ReplicaNotReady, StopTimedOut, WrongNodeState } from '../../engine-support/node-errors.js';
import { compareLsn } from './lsn.js';
import { isInRecovery, type Server } from './server.js';
import { isConnectionProblem, oneRow, type Session, withSession } from './sql.js';
import { waitFor } from '../../engine-support/waiting.js';

/** A checkpoint writes all that is dirty; on a slow disk with much memory that takes a while, and clients write on meanwhile. */
const CHECKPOINT_TIMEOUT_MS = 4 * 60_000;
/** A replica that streams confirms what was just written within milliseconds. */
const CONFIRM_TIMEOUT_MS = 1_000;
/** PostgreSQL itself kills what is left 5 s after an immediate shutdown (SIGKILL_CHILDREN_AFTER_SECS in postmaster.c). */
const IMMEDIATE_STOP_TIMEOUT_MS = 8_000;
const PROMOTE_TIMEOUT_MS = 60_000;

/**
 * Checkpoints on both, so that the stop writes little and the promotion too. Then each sender must have its replica's word for
 * all that was written: a fast shutdown waits for every connected replica, and one that answers no more would hold it up for
 * wal_sender_timeout. Such a sender is ended; the candidate's is a reason not to go on.
 */
export const prepareSwitchover = async (primary: EngineNode, candidate: EngineNode, credentials: EngineCredentials): Promise<void> => {
  const patient = { queryTimeoutMs: CHECKPOINT_TIMEOUT_MS };
  await withSession(
    primary,
    credentials.superuser,
    async (session) => {
      await requireCandidate(session, primary, candidate);
      await Promise.all([session.query('checkpoint'), withSession(candidate, credentials.superuser, (other) => other.query('checkpoint'), patient)]);
      const { position } = await oneRow<{ position: string }>(session, 'select pg_current_wal_flush_lsn()::text as position');
      await endSilentSenders(session, position, candidate);
      await requireCandidate(session, primary, candidate);
    },
    patient,
  );
};

const requireCandidate = async (session: Session, primary: EngineNode, candidate: EngineNode): Promise<void> => {
  if (await isInRecovery(session)) throw new WrongNodeState(primary.name, 'it is not the primary.');
  const found = await session.query(`select 1 as found from pg_stat_replication where application_name = $1 and state = 'streaming'`, [candidate.name]);
  if (found.length === 0) throw new ReplicaNotReady(candidate.name, `it does not stream from ${primary.name}.`);
};

/** A replica that is merely far behind connects again at once and would still hold up the stop: no reason to begin one. */
const endSilentSenders = async (session: Session, position: LogPosition, candidate: EngineNode): Promise<void> => {
  const silent = await sendersBehind(session, position);
  if (silent.some((sender) => sender.name === candidate.name)) {
    throw new ReplicaNotReady(candidate.name, `it did not confirm ${position} in ${CONFIRM_TIMEOUT_MS} ms.`);
  }
  for (const { pid } of silent) await session.query('select pg_terminate_backend($1)', [pid]);
  const [behind] = silent.length === 0 ? [] : await sendersBehind(session, position);
  if (behind) throw new ReplicaNotReady(behind.name, 'it is too far behind: the stop of the primary would wait for it.');
};

type Sender = { readonly pid: number; readonly name: string };

/** Senders whose replica has not written the position to its disk, after they had time for it; empty as soon as all have. */
const sendersBehind = async (session: Session, position: LogPosition): Promise<Sender[]> => {
  const deadline = performance.now() + CONFIRM_TIMEOUT_MS;
  return waitFor(
    async () => {
      const late = await session.query<Sender>(
        `select pid, application_name as name
         from pg_stat_replication
         where state in ('streaming', 'catchup') and coalesce(flush_lsn, '0/0') < $1::pg_lsn`,
        [position],
      );
      return late.length === 0 || performance.now() > deadline ? late : undefined;
    },
    { timeoutMs: CHECKPOINT_TIMEOUT_MS, onTimeout: () => new Error('Unreachable: the look itself ends at the deadline.') },
  );
};

/**
 * Fast shutdown: clients are disconnected, a checkpoint is written, and every connected replica gets all of the log.
 *
 * A fast shutdown cannot be taken back: from its signal on the server refuses new clients. When it takes longer than allowed, the
 * way to a serving primary is therefore to end it at once (immediate shutdown) and start it again. Nothing is lost by that:
 * what was acknowledged is in the log, the checkpoint of `prepareSwitchover` keeps the recovery short, and no other node was
 * promoted.
 */
export const stopCleanly = async (server: Server, node: EngineNode, timeoutMs: number): Promise<LogPosition> => {
  if (!(await server.isRunning(node))) {
    await server.stop(node, { timeoutMs, killAfterTimeout: true });
    const control = await server.controlData(node);
    if (isCleanlyStopped(control)) return restPosition(control);
    // It crashed, or an earlier call was killed between ending it and starting it again.
    await serveAgain(server, node);
  }
  try {
    await server.stop(node, { timeoutMs, killAfterTimeout: false, signal: 'SIGINT' });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const logTail = await server.logTail(node);
    await server.stop(node, { timeoutMs: IMMEDIATE_STOP_TIMEOUT_MS, killAfterTimeout: true, signal: 'SIGQUIT' });
    await serveAgain(server, node);
    throw new StopTimedOut(node.name, `it did not stop in ${timeoutMs} ms; it was restarted and serves again.`, logTail);
  }
  return positionAtRest(server, node);
};

/** Starts the server and waits for it without a password: a stop has none. */
const serveAgain = async (server: Server, node: EngineNode): Promise<void> => {
  await server.ensureRunning(node);
  await server.waitUntilAcceptingByTool(node);
};

/**
 * The position a stopped node's files end at.
 *
 * @throws WrongNodeState while the server runs, and after a crash: then the files do not say how far its log goes.
 */
export const positionAtRest = async (server: Server, node: EngineNode): Promise<LogPosition> => {
  if (await server.isRunning(node)) throw new WrongNodeState(node.name, 'it runs, so it has no position at rest.');
  const control = await server.controlData(node);
  if (!isCleanlyStopped(control)) {
    throw new WrongNodeState(node.name, `it was not stopped in good order: "${control.state}".`, await server.logTail(node));
  }
  return restPosition(control);
};

/**
 * Waits until the replica has replayed the record that starts at `position` (a shutdown checkpoint). Replay ends at the end of a
 * record, so *beyond* the start means that the whole record is there; only what was received and written is ever replayed.
 */
export const waitForPosition = async (node: EngineNode, position: LogPosition, credentials: EngineCredentials, timeoutMs: number): Promise<void> => {
  let replayed = 'nothing';
  await withSession(node, credentials.superuser, async (session) => {
    await waitFor(
      async () => {
        const row = await oneRow<{ at: string | null }>(
          session,
          'select (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text as at',
        );
        replayed = row.at ?? replayed;
        return row.at !== null && compareLsn(row.at, position) > 0 ? true : undefined;
      },
      {
        timeoutMs,
        onTimeout: () => new ReplicaNotReady(node.name, `it has replayed ${replayed}, not past ${position}, in ${timeoutMs} ms.`),
      },
    );
  });
};

/**
 * Promotes and answers when the node writes. Asks without pg_promote's own waiting, which looks only ten times a second.
 */
export const promote = async (server: Server, node: EngineNode, credentials: EngineCredentials): Promise<void> => {
  const tooLate = async (): Promise<Error> =>
    new PromotionTimedOut(node.name, `it is still in recovery ${PROMOTE_TIMEOUT_MS} ms after it was told to end it.`, await server.logTail(node));
  await waitFor(
    async () => {
      try {
        return await withSession(node, credentials.superuser, (session) => promoteBySession(session, tooLate));
      } catch (error) {
        if (!isConnectionProblem(error) || !(await server.isRunning(node))) throw error;
        return undefined;
      }
    },
    { timeoutMs: PROMOTE_TIMEOUT_MS, intervalMs: 50, onTimeout: tooLate },
  );
};

const promoteBySession = async (session: Session, onTimeout: () => Promise<Error>): Promise<true> => {
  if (await isInRecovery(session)) await session.query('select pg_promote(false)');
  await waitFor(async () => ((await isInRecovery(session)) ? undefined : true), { timeoutMs: PROMOTE_TIMEOUT_MS, onTimeout });
  // A transaction that really writes. It must not wait for replicas: they are led here only after the promotion.
  await session.query('begin read write; set local synchronous_commit = local; select pg_current_xact_id(); commit');
  return true;
};
