import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure, defaultPayloadConverter, type Payload } from '@temporalio/common';
import { decodeOptionalFailureToOptionalError, encodeErrorToFailure, loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { CodecEndpoint } from './codec-endpoint.js';
import { parseCodecKeys } from './codec-keys.js';
import { EncryptionCodec, PayloadRefused } from './encryption-codec.js';
import { FAILURE_CONVERTER_PATH } from './data-converter.js';

const line = (id: string, fill: number): string => `${id} ${Buffer.alloc(32, fill).toString('base64')}\n`;
const codec = new EncryptionCodec(parseCodecKeys(line('k1', 1)));
const rotated = new EncryptionCodec(parseCodecKeys(line('k2', 2) + line('k1', 1)));
const stranger = new EncryptionCodec(parseCodecKeys(line('k1', 9)));

const CANARY = 'canary-7f3a';
const workflow = (workflowId: string) => ({ type: 'workflow' as const, namespace: 'default', workflowId });
const plain = (): Payload => defaultPayloadConverter.toPayload({ text: CANARY });
const sealed = async (owner?: string): Promise<Payload> => (await codec.encode([plain()], owner === undefined ? undefined : workflow(owner)))[0]!;
const opened = async (payload: Payload, by = codec, owner?: string): Promise<unknown> =>
  defaultPayloadConverter.fromPayload((await by.decode([payload], owner === undefined ? undefined : workflow(owner)))[0]!);
const asText = (payload: Payload): string => Buffer.from(payload.data ?? []).toString('latin1') + JSON.stringify(Object.values(payload.metadata ?? {}).map((value) => Buffer.from(value).toString()));

describe('the payload codec', () => {
  it('reads what it wrote, and shows nothing of it', async () => {
    const payload = await sealed('op-1');
    expect(asText(payload)).not.toContain(CANARY);
    expect(await opened(payload, codec, 'op-1')).toEqual({ text: CANARY });
  });
  it('writes the same value differently each time', async () => {
    expect((await sealed()).data).not.toEqual((await sealed()).data);
  });
  it.each([0, 11, 12, 30, -1, -16])('refuses a payload whose byte %s was changed', async (place) => {
    const payload = await sealed('op-1');
    const data = new Uint8Array(payload.data!);
    data[place < 0 ? data.length + place : place]! ^= 1;
    await expect(opened({ ...payload, data }, codec, 'op-1')).rejects.toThrow(PayloadRefused);
  });
  it('refuses a payload that was cut', async () => {
    const payload = await sealed();
    await expect(opened({ ...payload, data: payload.data!.subarray(0, 20) })).rejects.toThrow('too short');
    await expect(opened({ ...payload, data: payload.data!.subarray(0, -1) })).rejects.toThrow(PayloadRefused);
  });
  it('refuses a payload of another workflow, also when its label was changed to fit', async () => {
    const payload = await sealed('op-1');
    await expect(opened(payload, codec, 'op-2')).rejects.toThrow('A payload of op-1 was found in op-2.');
    const relabelled = { ...payload, metadata: { ...payload.metadata, 'encryption-owner': Buffer.from('op-2') } };
    await expect(opened(relabelled, codec, 'op-2')).rejects.toThrow(PayloadRefused);
    const unlabelled = { ...payload, metadata: { encoding: payload.metadata!['encoding']!, 'encryption-key-id': payload.metadata!['encryption-key-id']! } };
    await expect(opened(unlabelled, codec, 'op-2')).rejects.toThrow(PayloadRefused);
  });
  it('refuses another key of the same name, and a key it does not know', async () => {
    await expect(opened(await sealed(), stranger)).rejects.toThrow(PayloadRefused);
    await expect(opened((await rotated.encode([plain()]))[0]!)).rejects.toThrow('"k2" is not known');
  });
  it('still reads the old key after a rotation, and writes with the new one', async () => {
    expect(await opened(await sealed(), rotated)).toEqual({ text: CANARY });
    expect(Buffer.from((await rotated.encode([plain()]))[0]!.metadata!['encryption-key-id']!).toString()).toBe('k2');
  });
  it('lets through what is not encrypted', async () => {
    expect(await codec.decode([plain()])).toEqual([plain()]);
  });
});

describe('failures', () => {
  it('show neither message nor stack nor details, and come back whole', async () => {
    const converter = { ...loadDataConverter({ failureConverterPath: FAILURE_CONVERTER_PATH }), payloadCodecs: [codec] };
    const failure = await encodeErrorToFailure(converter, ApplicationFailure.nonRetryable(`refused ${CANARY}`, 'disk-full', { node: CANARY }));
    expect(JSON.stringify(failure)).not.toContain(CANARY);
    expect(Buffer.from(JSON.stringify(failure)).toString()).not.toContain('encryption-codec.test');
    const error = await decodeOptionalFailureToOptionalError(converter, failure);
    expect(error).toMatchObject({ message: `refused ${CANARY}`, type: 'disk-full', nonRetryable: true, details: [{ node: CANARY }] });
  });
});

describe('the codec endpoint', () => {
  const endpoint = new CodecEndpoint(codec);
  const asJson = (payload: Payload) => ({
    metadata: Object.fromEntries(Object.entries(payload.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
    data: Buffer.from(payload.data ?? []).toString('base64'),
  });

  it('decodes whatever workflow it belongs to, and passes what is plain', async () => {
    const [decoded, same] = await endpoint.decode([asJson(await sealed('op-1')), asJson(plain())]);
    expect(JSON.parse(Buffer.from(decoded!.data!, 'base64').toString())).toEqual({ text: CANARY });
    expect(same).toEqual(asJson(plain()));
  });
  it('encodes', async () => {
    const [encoded] = await endpoint.encode([asJson(plain())]);
    expect(Buffer.from(encoded!.metadata!['encoding']!, 'base64').toString()).toBe('binary/encrypted');
    expect(await endpoint.decode([encoded!])).toEqual([asJson(plain())]);
  });
  it('refuses what was changed', async () => {
    const payload = asJson(await sealed());
    await expect(endpoint.decode([{ ...payload, data: payload.data.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) }])).rejects.toThrow(PayloadRefused);
  });
});
