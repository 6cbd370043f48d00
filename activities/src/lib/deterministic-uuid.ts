import { createHash } from 'node:crypto';

/** Namespace of the ids of facts that operations record; a random UUID, never to be changed. */
export const FACT_NAMESPACE = '6e2a4c0b-1d5f-4b0e-9a53-0c8c7f6f2d41';

/** The same UUID for the same name: version 5 of RFC 9562 (SHA-1 over namespace and name). */
export const deterministicUuid = (namespace: string, name: string): string => {
  const hash = createHash('sha1').update(Buffer.from(namespace.replaceAll('-', ''), 'hex')).update(name, 'utf8').digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};

/** Id of a fact of an operation. Parts are joined so that no choice of texts makes two names meet. */
export const factId = (...parts: readonly (string | number)[]): string => deterministicUuid(FACT_NAMESPACE, JSON.stringify(parts));
