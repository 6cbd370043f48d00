// Type checks and compiles packages with the native TypeScript compiler: all of them, or those named as arguments.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folders = {
  domain: 'domain', workflows: 'workflows', activities: 'activities', infra: 'infra',
  api: 'services/api', worker: 'services/worker', projector: 'services/projector', cli: 'services/cli', test: 'tsconfig.tests.json',
};
const targets = process.argv.slice(2).map((name) => folders[name] ?? name);
const result = spawnSync(process.execPath, [join(root, 'node_modules/ts7/bin/tsc'), '-b', ...targets], { cwd: root, stdio: 'inherit' });
process.exit(result.status ?? 1);
