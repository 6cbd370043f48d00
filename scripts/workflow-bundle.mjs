// Bundles the workflows for Temporal's sandbox. Fails when one of them, or the domain below them, imports what would make a
// replay differ: node's own modules, and whatever stands on them. Imports nothing of the project, so that anybody may use it.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Only what went wrong is worth reading. */
const quiet = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: (message) => console.error(message),
  error: (message) => console.error(message),
};

/**
 * Bundles from the sources, so that no build is needed first.
 * @param {{ workflowsPath?: string, failureConverterPath?: string }} [options] other modules than the product's own
 * @returns {Promise<string>} the code
 */
export const bundleWorkflows = async ({
  workflowsPath = join(root, 'workflows/src/index.ts'),
  // The sandbox makes failures of its own; their messages must be encrypted like those of the worker.
  failureConverterPath = join(root, 'infra/src/temporal/failure-converter.ts'),
} = {}) => {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    failureConverterPath,
    logger: quiet,
    webpackConfigHook: (config) => ({ ...config, resolve: { ...config.resolve, conditionNames: ['holdfast-source', '...'] } }),
  });
  return code;
};

/** Writes it to a file, whole or not at all, since others may be reading. */
export const writeWorkflowBundle = async (file, options) => {
  const code = await bundleWorkflows(options);
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, code);
  renameSync(part, file);
  return code.length;
};
