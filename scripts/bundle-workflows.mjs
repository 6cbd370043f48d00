// node scripts/bundle-workflows.mjs [--out FILE] [--entry FILE]: the workflows' bundle, by default workflows/dist/workflow-bundle.js.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeWorkflowBundle } from './workflow-bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { out: { type: 'string' }, entry: { type: 'string' } } });
const out = values.out === undefined ? join(root, 'workflows/dist/workflow-bundle.js') : resolve(values.out);

try {
  const length = await writeWorkflowBundle(out, values.entry === undefined ? {} : { workflowsPath: resolve(values.entry) });
  console.log(`${out}: ${Math.round(length / 1024)} KiB`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
