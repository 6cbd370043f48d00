import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { loadOrCreateCodecKeys } from './codec-keys.js';
import { EncryptionCodec } from './encryption-codec.js';

/** Of the compiled module, or of its source in tests. The workflows' bundle must be built with it too. */
export const FAILURE_CONVERTER_PATH = fileURLToPath(new URL(`failure-converter${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));

/** What every client and worker of Holdfast must be given. Creates the key file where there is none. */
export const createDataConverter = (codecKeyFile: string): DataConverter => ({
  payloadCodecs: [new EncryptionCodec(loadOrCreateCodecKeys(codecKeyFile))],
  failureConverterPath: FAILURE_CONVERTER_PATH,
});
