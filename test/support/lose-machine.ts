import { expect } from '@jest/globals';
import type { ClusterNode, Provider } from '@holdfast/domain';
import { DockerProvider } from '@holdfast/infra/providers/docker';
import { LocalProvider } from '@holdfast/infra/providers/local';
import { signalAll } from './signal-all.js';
import type { TestStack } from './test-stack.js';
import { leftovers } from './truth.js';

type Losable = 'local' | 'docker';

const PROVIDERS: Readonly<Record<Losable, (stack: TestStack) => Provider>> = {
  local: ({ configuration }) => new LocalProvider({ rootDirectory: configuration.machinesDirectory, toolsDirectory: configuration.tools }),
  docker: ({ configuration, env }) => {
    const socketPath = env['DOCKER_HOST']?.replace(/^unix:\/\//, '');
    return new DockerProvider({ installation: configuration.installation, ...(socketPath === undefined ? {} : { socketPath }) });
  },
};

const isLosable = (provider: string): provider is Losable => provider in PROVIDERS;

/** Takes the machine away for good, with all that ran on it, in the middle of what it did. */
export const loseMachine = async (stack: TestStack, node: ClusterNode, provider: string): Promise<void> => {
  if (!isLosable(provider)) throw new Error(`A test cannot take away a machine of ${provider}.`);
  if (provider === 'local') await killAll(stack, node);
  await PROVIDERS[provider](stack).destroy(node.id);
};

/** A power cut, rather than the stop with which the provider begins. */
const killAll = async (stack: TestStack, node: ClusterNode): Promise<void> => {
  const { processes } = await leftovers(stack, node.id);
  expect(processes.length).toBeGreaterThan(0);
  signalAll(processes, 'SIGKILL');
};
