import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
/** 96 bits, the size that GCM is made for (NIST SP 800-38D, 8.2). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What is stored of a secret: its value under a key of its own, and that key under the installation's. */
export interface SealedSecret {
  readonly keyId: string;
  /** Counts the values that the reference has had, from 1. */
  readonly version: number;
  readonly wrappedKey: Buffer;
  readonly ciphertext: Buffer;
}

/** The first hex digits of the key's hash: tells keys apart without telling them. */
export const keyIdOf = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 16);

/** Reference and version are bound in: a record moved to another reference, or given out as another version, cannot be opened. */
export const seal = (installationKey: Buffer, reference: string, version: number, value: string): SealedSecret => {
  const key = randomBytes(KEY_BYTES);
  return {
    keyId: keyIdOf(installationKey),
    version,
    wrappedKey: encrypt(installationKey, contextOf('key', reference, version), key),
    ciphertext: encrypt(key, contextOf('value', reference, version), Buffer.from(value, 'utf8')),
  };
};

/** Throws when the key is another, or anything was changed. */
export const open = (installationKey: Buffer, reference: string, { keyId, version, wrappedKey, ciphertext }: SealedSecret): string => {
  if (keyId !== keyIdOf(installationKey)) throw new Error(`The secret ${reference} was sealed with key ${keyId}, not with ${keyIdOf(installationKey)}.`);
  try {
    const key = decrypt(installationKey, contextOf('key', reference, version), wrappedKey);
    return decrypt(key, contextOf('value', reference, version), ciphertext).toString('utf8');
  } catch (cause) {
    throw new Error(`The record of the secret ${reference} was changed after it was sealed, or belongs to another.`, { cause });
  }
};

/** As JSON, so that no reference can look like another one with a version. */
const contextOf = (part: 'key' | 'value', reference: string, version: number): string => JSON.stringify([part, reference, version]);

const encrypt = (key: Buffer, context: string, plain: Buffer): Buffer => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce);
  cipher.setAAD(Buffer.from(context, 'utf8'));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
};

const decrypt = (key: Buffer, context: string, sealed: Buffer): Buffer => {
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
};
