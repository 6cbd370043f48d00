import type { Fault, Refusal, RefusalKind } from '@holdfast/domain';

/** What goes wrong on the way to an answer, as RFC 9457 tells it: a status, a stable code, a sentence, and members for programs. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    /** Further members of the document, such as `errors` or `operationId`. */
    readonly extra: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`${status} ${code}: ${detail}`);
  }
}

/** Seconds after which a client may try again while a part is away; it comes back within seconds or for a longer time. */
const RETRY_AFTER_SECONDS = 2;

export const malformed = (errors: readonly Fault[]): Problem =>
  new Problem(400, 'malformed-request', errors.map((fault) => (fault.field === '' ? fault.detail : `${fault.field}: ${fault.detail}`)).join(' '), { errors });

export const unavailable = (code: string, detail: string): Problem =>
  new Problem(503, code, detail, {}, { 'retry-after': String(RETRY_AFTER_SECONDS) });

export const notFound = (code: string, detail: string): Problem => new Problem(404, code, detail);

const STATUS: Record<RefusalKind, number> = { invalid: 422, conflict: 409, 'not-found': 404, 'plan-changed': 412 };

/** A refusal of the domain, told over HTTP. */
export const refused = (refusal: Refusal): Problem => new Problem(STATUS[refusal.kind], refusal.code, refusal.detail, refusal.extra);
