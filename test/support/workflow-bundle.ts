import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from './repository-root.js';

const SOURCES = ['domain/src', 'workflows/src', 'test/workflow/toys', 'scripts/workflow-bundle.mjs', 'infra/src/temporal/failure-converter.ts'];
const BUNDLE_TIMEOUT_MS = 120_000;

/**
 * Path of a bundle of the workflows as they are in the sources now; made once for all test files, and anew when a source changed.
 * @param entry another entry file than the product's, relative to the repository
 */
export const workflowBundle = (entry = 'workflows/src/index.ts'): string => {
  const folder = join(REPOSITORY_ROOT, 'tmp');
  const name = `bundle-of-${entry.replaceAll(/\W+/g, '-')}-`;
  const file = join(folder, `${name}${digest(entry)}.js`);
  if (!existsSync(file)) {
    removeOutdated(folder, name, file);
    execFileSync(process.execPath, ['scripts/bundle-workflows.mjs', '--out', file, '--entry', entry], {
      cwd: REPOSITORY_ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: BUNDLE_TIMEOUT_MS,
    });
  }
  return file;
};

/** Bundles of earlier sources; a worker that was started with one has read it. What another test file writes at this moment stays. */
const removeOutdated = (folder: string, name: string, file: string): void => {
  if (!existsSync(folder)) return;
  const outdated = readdirSync(folder).filter((other) => other.startsWith(name) && other.endsWith('.js') && join(folder, other) !== file);
  for (const old of outdated) rmSync(join(folder, old), { force: true });
};

const digest = (entry: string): string => {
  const hash = createHash('sha256').update(entry);
  for (const file of SOURCES.flatMap((source) => filesUnder(join(REPOSITORY_ROOT, source)))) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
};

const filesUnder = (path: string): string[] =>
  /\.m?[jt]s$/.test(path)
    ? [path]
    : readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
