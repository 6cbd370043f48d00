import type { EngineCredentials, EngineNode, LogPosition } from '@holdfast/domain';
import { SERVICE } from './layout.js';
import { parseLsn } from './lsn.js';
import type { Server } from './server.js';
import { isConnectionProblem, oneRow, type Session, withSession } from './sql.js';
import { waitFor } from './waiting.js';

/** A replica that can stream does so within a second; one that first replays much is waited for elsewhere. */
const STREAMING_TIMEOUT_MS = 10_000;
const LOG_LINES = 200;

/** What a replica prints when its log and its upstream's can never meet. From xlogrecovery.c, walreceiver.c, walsender.c. */
const REFUSALS: readonly RegExp[] = [
  /requested WAL segment \S+ has already been removed/,
  /requested starting point \S+ on timeline \d+ is not in this server's history/,
  /new timeline \d+ forked off current database system timeline \d+ before current recovery point/,
  /highest timeline \d+ of the primary is behind recovery timeline \d+/,
  /requested timeline \d+ is not a child of this server's history/,
  /database system identifier differs between the primary and standby/,
  /can no longer (?:access|get changes from) replication slot/,
];

/** The last line in which the server, since it started, said that it cannot follow; undefined when there is none. */
export const findRefusal = async (node: EngineNode): Promise<string | undefined> =>
  refusalIn(await node.machine.serviceLog(SERVICE, LOG_LINES));

/** Only lines after the newest start count: older ones are of another life. */
export const refusalIn = (lines: readonly string[]): string | undefined => {
  const start = lines.findLastIndex((line) => /starting PostgreSQL \d/.test(line));
  return lines.slice(start + 1).findLast((line) => REFUSALS.some((refusal) => refusal.test(line)));
};

const IS_STREAMING = `exists (select from pg_stat_wal_receiver where status = 'streaming')`;

/** Ends when the replica streams, when it says that it cannot, or after a while: then it is busy, which is no refusal. */
export const waitForStreaming = async (
  server: Server,
  node: EngineNode,
  credentials: EngineCredentials,
  signal: AbortSignal,
): Promise<void> => {
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
