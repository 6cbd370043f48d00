export { AnswerSigner, AnswerVerifier, loadOrCreateSigningKeys, verifySignedAnswer, type Signed, type SigningKeyFiles } from './answer-signing.js';
export { CodecEndpoint, type JsonPayload } from './codec-endpoint.js';
export { CodecKeyFileMalformed, loadOrCreateCodecKeys, parseCodecKeys, type CodecKeys } from './codec-keys.js';
export { CALL_TIMEOUT_MS, connectTemporal, withinCallTimeout, type TemporalPlace } from './connect.js';
export { createDataConverter, FAILURE_CONVERTER_PATH } from './data-converter.js';
export { EncryptionCodec, ENCRYPTED_ENCODING, PayloadRefused } from './encryption-codec.js';
export { ensureSearchAttributes, SearchAttributeConflict, type WantedAttributes } from './search-attributes.js';
export { startAgain, startOnce, type StartOrder } from './start-once.js';
