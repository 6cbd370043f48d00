import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AuthenticatedToken } from '@holdfast/infra/access';
import { malformed } from '../problems/problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the access hook; absent on public routes. */
    token?: AuthenticatedToken;
    /** Whether the token still allows this route; for answers that go on after its revocation. Set with `token`. */
    stillAllowed?: () => Promise<boolean>;
  }
}

/** What identifies a request, for its facts and for the recognition of its repeat. */
export interface RequestContext {
  readonly actor: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly correlationId: string;
  readonly idempotencyKey?: string;
}

const KEY_PATTERN = /^[\x20-\x7e]{1,255}$/;

/** The context as a handler's argument. */
export const Context = createParamDecorator((_: unknown, execution: ExecutionContext): RequestContext => contextOf(execution.switchToHttp().getRequest<FastifyRequest>()));

const contextOf = (request: FastifyRequest): RequestContext => {
  // A guarded route is never reached without a token: this is a bug, not a request.
  if (request.token === undefined) throw new Error(`${request.method} ${request.url} was reached without a token.`);
  const key = request.headers['idempotency-key'];
  if (key !== undefined && !(typeof key === 'string' && KEY_PATTERN.test(key))) {
    throw malformed([{ field: 'Idempotency-Key', code: 'wrong-format', detail: 'It is 1 to 255 visible ASCII characters.' }]);
  }
  return {
    actor: request.token.actor,
    method: request.method,
    path: request.url.split('?')[0] ?? '',
    correlationId: request.id,
    ...(key === undefined ? {} : { idempotencyKey: key }),
  };
};
