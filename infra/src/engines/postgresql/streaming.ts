import type { EngineCredentials, EngineNode, LogPosition } from '@holdfast/domain';
import { parseLsn } from './lsn.js';
import { findRefusal } from './refusals.js';
import type { Server } from './server.js';
import { isConnectionProblem, oneRow, type Session, withSession } from './sql.js';
import { waitFor } from '../../engine-support/waiting.js';

/** A replica that can stream does so within a second; one that first replays much is waited for elsewhere. */
const STREAMING_TIMEOUT_MS = 10_000;

const IS_STREAMING = `exists (select from pg_stat_wal_receiver where status = 'streaming')`;

/** Ends when the replica streams, when it says that it cannot, or after a while: then it is busy, which is no refusal. */
export const waitForStreaming = async (server: Server, node: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void> => {
  const deadline = performance.now() + STREAMING_TIMEOUT_MS;
  await waitFor(
    async () => {
      if (performance.now() > deadline || (await findRefusal(node)) !== undefined) return true;
      if (!(await server.isRunning(node))) return undefined;
      return (await isStreaming(node, credentials)) ? true : undefined;
    },
    { timeoutMs: 2 * STREAMING_TIMEOUT_MS, intervalMs: 20, signal, onTimeout: () => new Error(`${node.name} could not be asked whether it streams.`) },
  );
};

const isStreaming = async (node: EngineNode, credentials: EngineCredentials): Promise<boolean> => {
  try {
    return await withSession(
      node,
      credentials.superuser,
      async (session) => (await oneRow<{ streaming: boolean }>(session, `select ${IS_STREAMING} as streaming`)).streaming,
    );
  } catch (error) {
    if (isConnectionProblem(error)) return false;
    throw error;
  }
};

/** Whether the node is a replica that streams from this upstream at the moment. */
export const isFollowing = async (node: EngineNode, upstream: EngineNode, credentials: EngineCredentials): Promise<boolean> => {
  try {
    return await withSession(node, credentials.superuser, async (session) => {
      const [receiver] = await session.query<{ host: string; port: number }>(
        `select sender_host as host, sender_port as port from pg_stat_wal_receiver where status = 'streaming' and pg_is_in_recovery()`,
      );
      return receiver?.host === upstream.machine.address && receiver.port === upstream.port;
    });
  } catch (error) {
    if (isConnectionProblem(error)) return false;
    throw error;
  }
};

/**
 * Whether the upstream still has the log from `position` on. Segments are removed oldest first, so the one that holds the
 * position stands for all after it; its name after the timeline's eight digits is its number.
 */
export const hasWalFrom = async (session: Session, position: LogPosition): Promise<boolean> => {
  const { segment_bytes: segmentBytes } = await oneRow<{ segment_bytes: string }>(
    session,
    `select setting as segment_bytes from pg_settings where name = 'wal_segment_size'`,
  );
  const name = segmentSuffix(parseLsn(position), BigInt(segmentBytes));
  const rows = await session.query(`select 1 as found from pg_ls_waldir() where substr(name, 9) = $1`, [name]);
  return rows.length > 0;
};

/** The sixteen digits of a segment's file name that follow the timeline. */
export const segmentSuffix = (offset: bigint, segmentBytes: bigint): string => {
  const perFile = 0x1_0000_0000n / segmentBytes;
  const number = offset / segmentBytes;
  const digits = (value: bigint): string => value.toString(16).toUpperCase().padStart(8, '0');
  return digits(number / perFile) + digits(number % perFile);
};
