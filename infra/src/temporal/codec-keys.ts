import { randomBytes } from 'node:crypto';
import { loadOrCreateFile } from './key-file.js';

/** The keys of Temporal payloads: one encrypts, all decrypt, so that what was written before a rotation stays readable. */
export interface CodecKeys {
  readonly currentId: string;
  /** AES-256 keys by id. */
  readonly byId: ReadonlyMap<string, Buffer>;
}

/** The file of payload keys does not say what it should. */
export class CodecKeyFileMalformed extends Error {
  override readonly name = 'CodecKeyFileMalformed';
}

/** AES-256. */
const KEY_BYTES = 32;

const HEADER = '# Keys of Temporal payloads, one a line: id and base64. The first encrypts; the others still decrypt.\n';

/**
 * Reads the key file, or creates it with one new key, readable by its owner alone. To rotate, write a new line above the others.
 * Throws CodecKeyFileMalformed that names the line, never its content.
 */
export const loadOrCreateCodecKeys = (path: string): CodecKeys =>
  parseCodecKeys(
    loadOrCreateFile(path, 0o400, () => `${HEADER}${randomBytes(4).toString('hex')} ${randomBytes(KEY_BYTES).toString('base64')}\n`),
    path,
  );

export const parseCodecKeys = (text: string, path = 'the key file'): CodecKeys => {
  const byId = new Map<string, Buffer>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [id, encoded, ...more] = line.trim().split(/\s+/);
    const key = Buffer.from(encoded ?? '', 'base64');
    if (id === undefined || more.length > 0 || key.length !== KEY_BYTES || byId.has(id)) {
      throw new CodecKeyFileMalformed(`Line ${index + 1} of ${path} is not an id of its own and ${KEY_BYTES} bytes in base64.`);
    }
    byId.set(id, key);
  }
  const [currentId] = byId.keys();
  if (currentId === undefined) throw new CodecKeyFileMalformed(`${path} holds no key.`);
  return { currentId, byId };
};
