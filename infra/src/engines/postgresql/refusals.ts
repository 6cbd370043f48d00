import type { EngineNode } from '@holdfast/domain';
import { SERVICE } from './layout.js';

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
export const findRefusal = async (node: EngineNode): Promise<string | undefined> => refusalIn(await node.machine.serviceLog(SERVICE, LOG_LINES));

/** Only lines after the newest start count: older ones are of another life. */
export const refusalIn = (lines: readonly string[]): string | undefined => {
  const start = lines.findLastIndex((line) => /starting PostgreSQL \d/.test(line));
  return lines.slice(start + 1).findLast((line) => REFUSALS.some((refusal) => refusal.test(line)));
};
