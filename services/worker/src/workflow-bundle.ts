import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Written by the build (scripts/bundle-workflows.mjs), beside the compiled workflows. */
const BUNDLE_FILE = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'workflows', 'dist', 'workflow-bundle.js');

/** There is no bundle of the workflows. */
export class NotBuilt extends Error {
  override readonly name = 'NotBuilt';
}

/** The workflows' code for Temporal's sandbox. Throws NotBuilt. */
export const readWorkflowBundle = (file = BUNDLE_FILE): { code: string } => {
  if (!existsSync(file)) throw new NotBuilt(`${file} does not exist: run npm run build and node scripts/bundle-workflows.mjs.`);
  return { code: readFileSync(file, 'utf8') };
};
