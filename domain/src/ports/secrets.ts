/**
 * Secrets at rest, encrypted. A reference such as `cluster/<id>/superuser` may stand in facts, histories and logs;
 * the value never.
 */
export interface Secrets {
  /** Answers the secret; creates it from a cryptographic source when there is none. Safe under concurrent callers. */
  ensure(reference: string): Promise<string>;
  /** Keeps a secret that somebody has brought; a new value replaces the one before. */
  put(reference: string, value: string): Promise<void>;
  /** Throws SecretNotFound. */
  get(reference: string): Promise<string>;
  /** Removes all secrets whose reference starts so. */
  destroy(referencePrefix: string): Promise<void>;
}

export class SecretNotFound extends Error {
  override readonly name = 'SecretNotFound';
  constructor(readonly reference: string) {
    super(`There is no secret ${reference}.`);
  }
}
