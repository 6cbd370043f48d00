import type { Payload, PayloadCodec } from '@temporalio/common';

/** A payload as Temporal's web UI and CLI send it to a codec server: protobuf JSON, bytes in base64. */
export interface JsonPayload {
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly data?: string | undefined;
}

/** What the API's codec endpoint does behind its own permission, with the `payloads` of the request's body. */
export class CodecEndpoint {
  constructor(private readonly codec: PayloadCodec) {}

  /** Throws PayloadRefused for one that was changed; what is not encrypted passes as it is. */
  async decode(payloads: readonly JsonPayload[]): Promise<JsonPayload[]> {
    return (await this.codec.decode(payloads.map(fromJson))).map(toJson);
  }

  async encode(payloads: readonly JsonPayload[]): Promise<JsonPayload[]> {
    return (await this.codec.encode(payloads.map(fromJson))).map(toJson);
  }
}

const fromJson = ({ metadata, data }: JsonPayload): Payload => ({
  metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, fromBase64(value)])),
  ...(data === undefined ? {} : { data: fromBase64(data) }),
});

const toJson = ({ metadata, data }: Payload): JsonPayload => ({
  metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, toBase64(value)])),
  ...(data == null ? {} : { data: toBase64(data) }),
});

const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const toBase64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');
