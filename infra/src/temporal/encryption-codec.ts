import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { CodecKeys } from './codec-keys.js';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/** Marks a payload as ours in its `encoding`. */
export const ENCRYPTED_ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
/** The workflow that the payload belongs to, where Temporal's SDK told it; in clear, since workflow ids are in clear anyway. */
const OWNER = 'encryption-owner';

const CIPHER = 'aes-256-gcm';
/** 96 bits, as NIST SP 800-38D recommends for GCM. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** An encrypted payload was changed, belongs to another workflow, or its key is not known. */
export class PayloadRefused extends Error {
  override readonly name = 'PayloadRefused';
}

/**
 * Encrypts what Temporal stores: inputs, results, failures, summaries. Key id and owner are authenticated, so neither a changed
 * payload nor one that was moved from another workflow is read. What is not encrypted passes through on decoding, so that
 * histories from before the codec stay readable.
 */
export class EncryptionCodec implements PayloadCodec {
  constructor(private readonly keys: CodecKeys) {}

  async encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return payloads.map((payload) => this.encrypt(payload, context?.workflowId));
  }

  /** Throws PayloadRefused. Without a context, as in the codec endpoint, any owner is read. */
  async decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return payloads.map((payload) => (text(payload, 'encoding') === ENCRYPTED_ENCODING ? this.decrypt(payload, context?.workflowId) : payload));
  }

  private encrypt(payload: Payload, owner: string | undefined): Payload {
    const { currentId } = this.keys;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.keyOf(currentId), iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(authenticated(currentId, owner));
    const sealed = Buffer.concat([iv, cipher.update(PayloadMessage.encode(payload).finish()), cipher.final(), cipher.getAuthTag()]);
    const metadata = { encoding: bytes(ENCRYPTED_ENCODING), [KEY_ID]: bytes(currentId), ...(owner === undefined ? {} : { [OWNER]: bytes(owner) }) };
    return { metadata, data: new Uint8Array(sealed) };
  }

  private decrypt(payload: Payload, expectedOwner: string | undefined): Payload {
    const keyId = text(payload, KEY_ID) ?? '';
    const owner = text(payload, OWNER);
    if (expectedOwner !== undefined && owner !== undefined && owner !== expectedOwner) {
      throw new PayloadRefused(`A payload of ${owner} was found in ${expectedOwner}.`);
    }
    const key = this.keyOf(keyId);
    const sealed = Buffer.from(payload.data ?? []);
    if (sealed.length < IV_BYTES + TAG_BYTES) throw new PayloadRefused('An encrypted payload is too short.');
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(authenticated(keyId, owner));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return PayloadMessage.decode(opened(decipher, sealed.subarray(IV_BYTES, -TAG_BYTES)));
  }

  private keyOf(id: string): Buffer {
    const key = this.keys.byId.get(id);
    if (key === undefined) throw new PayloadRefused(`The payload key ${JSON.stringify(id)} is not known here.`);
    return key;
  }
}

const opened = (decipher: ReturnType<typeof createDecipheriv>, ciphertext: Uint8Array): Buffer => {
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch (cause) {
    throw new PayloadRefused('An encrypted payload was changed, or another key encrypted it.', { cause });
  }
};

/** Unambiguous, whatever an id holds. */
const authenticated = (keyId: string, owner: string | undefined): Uint8Array => bytes(JSON.stringify(['holdfast-payload-1', keyId, owner ?? null]));

const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

const text = (payload: Payload, name: string): string | undefined => {
  const value = payload.metadata?.[name];
  return value == null ? undefined : new TextDecoder().decode(value);
};
