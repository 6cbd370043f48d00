/**
 * Classes and codes of SQLSTATE that a later attempt may not meet: connection, rollback by a deadlock, out of disk or memory, a lock
 * not had in time, an operator's intervention, a time limit (PostgreSQL's manual, appendix A).
 */
const PASSING = /^(08|40|53|55P03|57|25P0[234])/;
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);
/** What `pg` says without any code when the connection is lost or a time limit has passed. */
const CLIENT_SIDE = /connection (terminated|error|timeout)|connection.*not queryable|query read timeout|timeout exceeded when trying to connect/i;

/** Whether the trouble lies with the database or the way to it, and not with what was to be written. */
export const isPassing = (error: unknown): boolean => {
  const code = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined) return error instanceof Error && CLIENT_SIDE.test(error.message);
  return NETWORK.has(code) || PASSING.test(code);
};
