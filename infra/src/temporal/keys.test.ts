import { afterAll, describe, expect, it } from '@jest/globals';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnswerVerifier, loadOrCreateSigningKeys, verifySignedAnswer } from './answer-signing.js';
import { CodecKeyFileMalformed, loadOrCreateCodecKeys, parseCodecKeys } from './codec-keys.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the file of payload keys', () => {
  it('is made once, for its owner alone, and then read', () => {
    const path = join(folder, 'a', 'codec.key');
    const first = loadOrCreateCodecKeys(path);
    expect(mode(path)).toBe('400');
    expect(loadOrCreateCodecKeys(path)).toEqual(first);
    expect(readdirSync(join(folder, 'a'))).toEqual(['codec.key']);
    expect(first.byId.get(first.currentId)?.length).toBe(32);
  });
  it('says which line is wrong, and nothing of its content', () => {
    expect(() => parseCodecKeys('# text\nk1 c2hvcnQ=\n', 'the file')).toThrow(new CodecKeyFileMalformed('Line 2 of the file is not an id of its own and 32 bytes in base64.'));
    expect(() => parseCodecKeys('\n')).toThrow('holds no key');
  });
});

describe('signed answers', () => {
  const files = { answerSigning: join(folder, 'b', 'private.pem'), answerVerifying: join(folder, 'b', 'public.pem') };
  const answer = { operationId: 'op-1', step: 'clone-data', verb: 'retry', actor: 'token:admin', nonce: 'n' };

  it('are known by the public half, whatever the order of the members, also of a signer that was loaded again', () => {
    const verifier = new AnswerVerifier(files.answerVerifying);
    expect(() => verifier.isSigned({ answer, signature: '' })).toThrow('ENOENT');
    const signed = loadOrCreateSigningKeys(files).sign(answer);
    expect(verifier.isSigned(signed)).toBe(true);
    expect(verifier.isSigned({ ...signed, answer: Object.fromEntries(Object.entries(answer).toReversed()) })).toBe(true);
    expect(verifier.isSigned(loadOrCreateSigningKeys(files).sign(answer))).toBe(true);
    expect([mode(files.answerSigning), mode(files.answerVerifying)]).toEqual(['400', '444']);
  });
  it.each(['operationId', 'step', 'verb', 'actor', 'nonce'])('are refused when %s was changed', (member) => {
    const signed = loadOrCreateSigningKeys(files).sign(answer);
    const verifier = new AnswerVerifier(files.answerVerifying);
    expect(verifier.isSigned({ ...signed, answer: { ...answer, [member]: 'other' } })).toBe(false);
  });
  it('are refused without a signature, and with that of another key', () => {
    const publicKey = createPublicKey(readFileSync(files.answerVerifying));
    const other = loadOrCreateSigningKeys({ answerSigning: join(folder, 'c', 'private.pem'), answerVerifying: join(folder, 'c', 'public.pem') });
    expect(verifySignedAnswer(other.sign(answer), publicKey)).toBe(false);
    expect(verifySignedAnswer({ answer, signature: '' }, publicKey)).toBe(false);
    expect(verifySignedAnswer({ answer, signature: 'not base64 !' }, publicKey)).toBe(false);
  });
  it('have a public half even when only the private one was left', () => {
    rmSync(files.answerVerifying);
    const signed = loadOrCreateSigningKeys(files).sign(answer);
    expect(new AnswerVerifier(files.answerVerifying).isSigned(signed)).toBe(true);
  });
});
