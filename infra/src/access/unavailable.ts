/** SQLSTATE classes of a server that cannot serve now: 08 connection, 53 resources, 57P operator's shutdown, 58 system. */
const UNAVAILABLE_STATES = /^(?:08|53|57P|58)/;
const UNAVAILABLE_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT']);
/** What `pg` says without any code. */
const UNAVAILABLE_SENTENCES = /Connection terminated|timeout exceeded|Query read timeout|Client has encountered a connection error/i;

/** Whether the database is away, so that the same call may go through later. Looks at the shape: errors may come from another realm. */
export const isDatabaseUnavailable = (error: unknown): boolean => {
  if (typeof error !== 'object' || error === null) return false;
  // Each address of a host that was tried.
  if ('errors' in error && Array.isArray(error.errors) && error.errors.some(isDatabaseUnavailable)) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = 'message' in error && typeof error.message === 'string' ? error.message : '';
  return UNAVAILABLE_CODES.has(code) || UNAVAILABLE_STATES.test(code) || UNAVAILABLE_SENTENCES.test(message);
};
