import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds `package.json` of the whole. */
export const REPOSITORY_ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
