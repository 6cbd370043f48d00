import { EventStoreUnavailable } from '@holdfast/domain';

export const UNIQUE_VIOLATION = '23505';

/** SQLSTATE classes and codes that say "not now", see appendix A of PostgreSQL's manual. */
const UNAVAILABLE = /^(08|57P0[123]|53|25006|25P0[23])/;
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);
const WRONG_PASSWORD = new Set(['28P01', '28000']);

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
  if (WRONG_PASSWORD.has(code)) {
    return new EventStoreUnavailable(`The event store refuses the user or password (${message}). Check HOLDFAST_EVENT_STORE_URL.`);
  }
  if (UNREACHABLE.has(code) || UNAVAILABLE.test(code) || /connection|timeout exceeded when trying to connect/i.test(message)) {
    return new EventStoreUnavailable(`The event store cannot be reached (${message}).`);
  }
  return error;
};
