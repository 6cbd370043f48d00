import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `hf_pat_<id>_<secret>`: the prefix lets scanners find leaked tokens; the id finds the row, so that the secret is never looked up. */
const TOKEN_PATTERN = /^hf_pat_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;
const ID_BYTES = 8;
/** 256 bits: too many to guess, so a fast hash is enough at rest. */
const SECRET_BYTES = 32;

export interface MintedToken {
  readonly id: string;
  /** Shown once, never stored. */
  readonly token: string;
  readonly hash: Buffer;
}

export const mintToken = (): MintedToken => {
  const id = randomBytes(ID_BYTES).toString('hex');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { id, token: `hf_pat_${id}_${secret}`, hash: hashSecret(secret) };
};

/** The id and the hash of the secret; undefined when the text is no token. */
export const parseToken = (token: string): { id: string; hash: Buffer } | undefined => {
  const match = TOKEN_PATTERN.exec(token);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { id: match[1], hash: hashSecret(match[2]) };
};

/** Takes the same time wherever the two differ. */
export const sameHash = (one: Buffer, other: Buffer): boolean => one.length === other.length && timingSafeEqual(one, other);

const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();
