import { HttpException } from '@nestjs/common';
import { EventStoreUnavailable, HostRefused, VersionConflict } from '@holdfast/domain';
import { isDatabaseUnavailable } from '@holdfast/infra/access';
import { Problem, refused, unavailable } from './problem.js';

/** What Fastify throws before a handler runs, by its code. */
const FASTIFY_PROBLEMS: Readonly<Record<string, { status: number; code: string; detail: string }>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { status: 400, code: 'not-json', detail: 'The body is not JSON.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { status: 400, code: 'not-json', detail: 'The body is empty; send a JSON object, or no content type.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { status: 400, code: 'malformed-request', detail: 'The body is not as long as Content-Length says.' },
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, code: 'body-too-large', detail: 'The body is larger than 1 MiB.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { status: 415, code: 'unsupported-media-type', detail: 'Send the body as application/json.' },
  FST_ERR_CTP_INVALID_TYPE: { status: 415, code: 'unsupported-media-type', detail: 'Send the body as application/json.' },
  FST_ERR_BAD_URL: { status: 400, code: 'malformed-request', detail: 'The address of the request is not well formed.' },
};

/** Every error as a problem; undefined for what is a bug and must be logged. */
export const toProblem = (error: unknown): Problem | undefined => {
  if (error instanceof Problem) return error;
  if (error instanceof HostRefused) return refused(error.refusal);
  // Facts, read models, secrets and tokens lie in one database by default.
  if (error instanceof EventStoreUnavailable || isDatabaseUnavailable(error)) return unavailable('event-store-unavailable', 'The event store does not answer. Clusters go on serving. Repeat a change with its Idempotency-Key: it is never done twice.');
  if (error instanceof VersionConflict) return new Problem(409, 'concurrent-changes', 'The cluster changed again and again while this was decided. Try again.');
  return fromFastify(error) ?? fromHttpException(error);
};

const fromFastify = (error: unknown): Problem | undefined => {
  const known = FASTIFY_PROBLEMS[codeOf(error)];
  return known === undefined ? undefined : new Problem(known.status, known.code, known.detail);
};

const codeOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof HttpException ? codeOf(error.cause) : '';
};

const fromHttpException = (error: unknown): Problem | undefined => {
  if (error instanceof SyntaxError && 'statusCode' in error) return new Problem(400, 'not-json', 'The body is not JSON.');
  if (!(error instanceof HttpException)) return undefined;
  if (error.getStatus() === 404) return new Problem(404, 'unknown-route', 'There is no such route. All routes: /v1/openapi.json.');
  return error.getStatus() < 500 ? new Problem(error.getStatus(), 'malformed-request', error.message) : undefined;
};
