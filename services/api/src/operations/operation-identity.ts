import { v4, v5 } from 'uuid';
import type { OperationKind } from '@holdfast/domain';
import type { RequestContext } from '../http/request-context.js';
import { digestOf } from './plan-hash.js';

/** Namespaces of our UUIDs (RFC 9562 §5.5), drawn once at random and never changed: stored ids are made from them. */
const OPERATION_NAMESPACE = 'b5f0c3de-2f3c-4c55-9b0e-6f2b8f8e7a11';
const FACT_NAMESPACE = '0e8d3f52-9c63-4d0a-8d6f-5a9b2c7e4f10';

export interface OperationIdentity {
  readonly operationId: string;
  /** Digest of the body and where it was sent. */
  readonly requestHash: string;
}

/**
 * With an Idempotency-Key the operation's id follows from who sent it where under which key, so that a repeat finds its first answer;
 * without one it is random. Each part is canonical JSON, so no choice of texts makes two requests meet.
 */
export const identify = (kind: OperationKind, context: RequestContext, body: unknown): OperationIdentity => {
  const { actor, method, path, idempotencyKey } = context;
  const unique = idempotencyKey === undefined ? v4() : v5(JSON.stringify([actor, method, path, idempotencyKey]), OPERATION_NAMESPACE);
  return { operationId: `${kind}-${unique}`, requestHash: digestOf({ method, path, body }) };
};

/**
 * Ids of the facts that accept an operation. They follow from its id, so the store itself refuses to accept one operation twice,
 * be it in two streams.
 */
export const acceptanceFactId = (operationId: string, index: number): string => v5(`${operationId}#accepted#${index}`, FACT_NAMESPACE);
