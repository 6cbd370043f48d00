import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** PostgreSQL's own default for `scram_iterations`. Our passwords are random, so more rounds would only slow each connection down. */
export const SCRAM_ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;
const VERIFIER = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;

/** Thrown for a password that server and client could normalise differently (SASLprep, RFC 4013). Says nothing about the password itself. */
export class UnusablePassword extends Error {
  override readonly name = 'UnusablePassword';
  constructor() {
    super('A password must be printable ASCII and not empty: other characters are normalised differently by different clients.');
  }
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** StoredKey and ServerKey of RFC 5802 §3, with SHA-256 as in RFC 7677. */
export const scramKeys = (password: string, salt: Buffer, iterations: number): { storedKey: Buffer; serverKey: Buffer } => {
  if (!PRINTABLE_ASCII.test(password)) throw new UnusablePassword();
  const salted = pbkdf2Sync(password, salt, iterations, KEY_BYTES, 'sha256');
  return {
    storedKey: createHash('sha256').update(hmac(salted, 'Client Key')).digest(),
    serverKey: hmac(salted, 'Server Key'),
  };
};

/**
 * What PostgreSQL keeps instead of a password, in the form of pg_authid.rolpassword. Computed here, so that the password itself
 * never stands in a statement that the server could log.
 */
export const scramVerifier = (password: string, salt: Buffer = randomBytes(SALT_BYTES)): string => {
  const { storedKey, serverKey } = scramKeys(password, salt, SCRAM_ITERATIONS);
  const base64 = (bytes: Buffer): string => bytes.toString('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`;
};

/** Whether a stored verifier is of this password: then there is nothing to set again. */
export const verifierMatches = (verifier: string | null, password: string): boolean => {
  const match = VERIFIER.exec(verifier ?? '');
  if (!match) return false;
  const [, iterations = '', salt = '', storedKey = ''] = match;
  const expected = scramKeys(password, Buffer.from(salt, 'base64'), Number(iterations)).storedKey;
  const stored = Buffer.from(storedKey, 'base64');
  return stored.length === expected.length && timingSafeEqual(stored, expected);
};
