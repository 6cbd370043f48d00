import { resolveHome } from '@holdfast/infra/configuration';
import { locateTemporal } from '@holdfast/infra/toolchain';
import { SEARCH_ATTRIBUTES } from '@holdfast/workflows/contracts';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Runtime, DefaultLogger } from '@temporalio/worker';
import { freePort } from './free-ports.js';
import { REPOSITORY_ROOT } from './repository-root.js';

/** The search attributes as Temporal must know them. */
export const searchAttributeKeys = () => [
  ...[SEARCH_ATTRIBUTES.cluster, SEARCH_ATTRIBUTES.operation, SEARCH_ATTRIBUTES.step].map((name) =>
    defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
  ),
  defineSearchAttributeKey(SEARCH_ATTRIBUTES.stuck, SearchAttributeType.BOOL),
];

/** Path of the Temporal CLI that runs the tests' servers; says what to do where there is none. */
export const temporalProgram = (): string => {
  const tools = process.env['HOLDFAST_TOOLS'] ?? resolveHome(REPOSITORY_ROOT).tools;
  const program = locateTemporal(tools);
  if (program === undefined) throw new Error(`There is no temporal on PATH or in ${tools}. Run ./holdfast doctor.`);
  return program;
};

/**
 * The server looks at its queue of tasks at most 20 times a second, which costs a busy operation 40 ms an activity: 52 ms instead
 * of 10. `up` starts its server with the same setting.
 */
export const TEMPORAL_SPEED = ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'] as const;

/** A Temporal dev server of its own on a free port, in memory; up in about half a second. `teardown()` ends it. */
export const startTemporal = async (): Promise<TestWorkflowEnvironment> => {
  if (Runtime._instance === undefined) Runtime.install({ logger: new DefaultLogger('ERROR') });
  return TestWorkflowEnvironment.createLocal({
    server: {
      // The one that it would find by itself is of those that the system gives to outgoing connections.
      port: await freePort(),
      executable: { type: 'existing-path', path: temporalProgram() },
      searchAttributes: searchAttributeKeys(),
      log: { format: 'pretty', level: 'never' },
      extraArgs: [...TEMPORAL_SPEED],
    },
    client: { identity: 'tests' },
  });
};
