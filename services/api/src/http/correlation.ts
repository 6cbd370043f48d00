import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export const CORRELATION_HEADER = 'x-correlation-id';
/** What a caller may choose: it goes into logs and facts. */
const CORRELATION_PATTERN = /^[A-Za-z0-9._:-]{1,100}$/;

/** The caller's correlation id where it is well formed, else a new one. */
export const correlationIdOf = (request: Pick<IncomingMessage, 'headers'>): string => {
  const given = request.headers[CORRELATION_HEADER];
  return typeof given === 'string' && CORRELATION_PATTERN.test(given) ? given : randomUUID();
};
