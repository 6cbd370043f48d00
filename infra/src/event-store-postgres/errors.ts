import { EventStoreUnavailable } from '@holdfast/domain';

export const UNIQUE_VIOLATION = '23505';

/** SQLSTATE classes and codes that say "not now", see appendix A of PostgreSQL's manual. */
const UNAVAILABLE = /^(08|57014|57P0[1-5]|53|25006|25P0[234])/;
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);
/** Wrong password, user refused, no such database. */
const REFUSED = new Set(['28P01', '28000', '3D000']);
/** What the driver says, without a code, when the connection is lost, a time limit has passed, or the URL has no password. */
const LOST = /connection|query read timeout|timeout exceeded when trying to connect/i;
const NO_PASSWORD = /password must be a (non-empty )?string/i;

export const codeOf = (error: unknown): string => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
};

export const constraintOf = (error: unknown): string => {
  const constraint = typeof error === 'object' && error !== null && 'constraint' in error ? error.constraint : undefined;
  return typeof constraint === 'string' ? constraint : '';
};

/** Connection trouble becomes EventStoreUnavailable; anything else stays what it is. Never holds the password. */
export const toPortError = (error: unknown): unknown => {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (REFUSED.has(code) || (code === '' && NO_PASSWORD.test(message))) {
    return new EventStoreUnavailable(`The event store refuses the user, password or database (${message}). Check HOLDFAST_EVENT_STORE_URL.`);
  }
  if (UNREACHABLE.has(code) || UNAVAILABLE.test(code) || (code === '' && LOST.test(message))) {
    return new EventStoreUnavailable(`The event store cannot be reached (${message}).`);
  }
  return error;
};
