import { startWriter, type Writer } from '../../services/cli/src/demo/write-gap.js';
import { askerOf } from './servers/index.js';
import type { TestStack } from './test-stack.js';

/** A client that writes through the read-write address of a cluster, whatever its engine. */
export const writeThroughEndpoint = async (stack: TestStack, name: string): Promise<Writer> => {
  const { body } = await stack.api.get(`/clusters/${name}/credentials`);
  return startWriter({ url: String(body['readWrite']?.['url']), connect: askerOf(String(body['engine'])).connect });
};
