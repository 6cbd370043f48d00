import { createHash } from 'node:crypto';

const ROUNDS = 5_000;
const DIGEST_BYTES = 32;
/** Order in which the digest's bytes are written, three at a time; the last two stand alone. */
const ORDER = [0, 10, 20, 21, 1, 11, 12, 22, 2, 3, 13, 23, 24, 4, 14, 15, 25, 5, 6, 16, 26, 27, 7, 17, 18, 28, 8, 9, 19, 29];
const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const sha256 = (...parts: readonly Buffer[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The digest over and over, as many bytes as asked for. */
const stretched = (digest: Buffer, bytes: number): Buffer => Buffer.alloc(bytes, digest);

const repeated = (text: Buffer, times: number): Buffer => Buffer.concat(Array.from({ length: times }, () => text));

/**
 * SHA-256 crypt, steps as numbered by its author: https://www.akkadia.org/drepper/SHA-crypt.txt. `password` is not empty.
 */
const sha256Crypt = (password: Buffer, salt: Buffer): Buffer => {
  const alternate = sha256(password, salt, password);
  const bits = [...password.length.toString(2)].reverse();
  const first = sha256(password, salt, stretched(alternate, password.length), ...bits.map((bit) => (bit === '1' ? alternate : password)));
  const p = stretched(sha256(repeated(password, password.length)), password.length);
  const s = stretched(sha256(repeated(salt, 16 + (first[0] ?? 0))), salt.length);
  let digest = first;
  for (let round = 0; round < ROUNDS; round += 1) {
    const odd = round % 2 === 1;
    const middle = [...(round % 3 === 0 ? [] : [s]), ...(round % 7 === 0 ? [] : [p])];
    digest = sha256(odd ? p : digest, ...middle, odd ? digest : p);
  }
  return digest;
};

const base64 = (bytes: readonly number[], characters: number): string => {
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return Array.from({ length: characters }, (_, at) => ALPHABET[Math.floor(value / 64 ** at) % 64]).join('');
};

const encoded = (digest: Buffer): string => {
  const byte = (at: number): number => digest[at] ?? 0;
  const groups = Array.from({ length: ORDER.length / 3 }, (_, at) => base64(ORDER.slice(at * 3, at * 3 + 3).map(byte), 4));
  return [...groups, base64([byte(DIGEST_BYTES - 1), byte(DIGEST_BYTES - 2)], 3)].join('');
};

/**
 * What a MySQL server keeps of a password with caching_sha2_password: `$A$005$`, thousands of rounds in the middle, then the salt of
 * 20 characters and the digest (https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html).
 * So no statement and no file holds the password.
 */
export const cachingSha2 = (password: string, salt: string): string =>
  `$A$${(ROUNDS / 1000).toString(16).toUpperCase().padStart(3, '0')}$${salt}${encoded(sha256Crypt(Buffer.from(password), Buffer.from(salt)))}`;
