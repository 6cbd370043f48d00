import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import { loadOrCreateFile } from './key-file.js';

/** Where the two halves lie. */
export interface SigningKeyFiles {
  /** The private half, PEM (PKCS #8); the API's alone. */
  readonly answerSigning: string;
  /** The public half, PEM (SPKI); for workers. */
  readonly answerVerifying: string;
}

/** An answer with its signature, as it reaches a workflow. */
export interface Signed<A extends object> {
  readonly answer: A;
  /** Ed25519 over the canonical JSON (RFC 8785) of `answer`, base64url. */
  readonly signature: string;
}

/** Signs people's answers to operations; only the API has one. */
export class AnswerSigner {
  constructor(private readonly privateKey: KeyObject) {}

  sign<A extends object>(answer: A): Signed<A> {
    return { answer, signature: sign(null, canonicalBytes(answer), this.privateKey).toString('base64url') };
  }
}

/** The API's signer. Creates both key files where there are none; they are whole or not there. */
export const loadOrCreateSigningKeys = (files: SigningKeyFiles): AnswerSigner => {
  const pem = loadOrCreateFile(files.answerSigning, 0o400, () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const privateKey = createPrivateKey(pem);
  loadOrCreateFile(files.answerVerifying, 0o444, () => createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString());
  return new AnswerSigner(privateKey);
};

/** Whether the API signed exactly this answer. */
export const verifySignedAnswer = (signed: Signed<object>, publicKey: KeyObject): boolean =>
  verify(null, canonicalBytes(signed.answer), publicKey, Buffer.from(signed.signature, 'base64url'));

/** The workers' side: the public half, read when it is first needed, since the API may create it later than the worker starts. */
export class AnswerVerifier {
  private publicKey: KeyObject | undefined;

  constructor(private readonly publicKeyFile: string) {}

  /** Throws what reading the file throws, as long as there is none. */
  isSigned(signed: Signed<object>): boolean {
    this.publicKey ??= createPublicKey(readFileSync(this.publicKeyFile));
    return verifySignedAnswer(signed, this.publicKey);
  }
}

const canonicalBytes = (value: object): Uint8Array => Buffer.from(canonicalize(value) ?? '', 'utf8');
