export { KeyFileError, loadOrCreateKeyFile } from './key-file.js';
export { PostgresSecrets } from './secrets-postgres.adapter.js';
