import { fileURLToPath } from 'node:url';

/** Folder of the checkout; sources and build lie equally deep in it. */
export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');
