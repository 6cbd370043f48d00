import type { ClusterMode } from '@holdfast/domain';
import { startWriter, type Writer } from '../../services/cli/src/demo/write-gap.js';
import { membersSayWhatFactsSay } from './group-truth.js';
import { connectToShards } from './servers/shard-asker.js';
import { shardsSayWhatFactsSay } from './shard-truth.js';
import type { TestStack } from './test-stack.js';
import { readCluster, serversSayWhatFactsSay, writeThroughEndpoint } from './truth.js';

/** How tests look behind a cluster, by how its nodes share the work. */
interface ModeTruth {
  /** Asks every server, and fails where one says anything else than the facts. */
  readonly check: (stack: TestStack, name: string) => Promise<void>;
  /** A client that writes as an application does. */
  readonly write: (stack: TestStack, name: string) => Promise<Writer>;
}

const REPLICATED: ModeTruth = { check: serversSayWhatFactsSay, write: writeThroughEndpoint };

const TRUTHS: Readonly<Record<ClusterMode, ModeTruth>> = {
  single: REPLICATED,
  'primary-replica': REPLICATED,
  'multi-primary': { check: membersSayWhatFactsSay, write: writeThroughEndpoint },
  sharded: {
    check: shardsSayWhatFactsSay,
    // Asked for anew: the node that a client began with may go away.
    write: async (stack, name) => {
      let url = await readWriteUrl(stack, name);
      return startWriter({
        url: () => url,
        connect: async (at, table) => {
          url = await readWriteUrl(stack, name).catch(() => at); // The API may be away.
          return connectToShards(url, table);
        },
      });
    },
  },
};

const readWriteUrl = async (stack: TestStack, name: string): Promise<string> => {
  const { body } = await stack.api.get(`/clusters/${name}/credentials`);
  return String(body['readWrite']?.['url']);
};

/** Whatever the mode: servers, asked over their own protocol, are as the facts say. */
export const clusterIsAsFactsSay = async (stack: TestStack, name: string): Promise<void> => TRUTHS[(await readCluster(stack, name)).mode].check(stack, name);

/** Whatever the mode: a client that writes. */
export const writeTo = async (stack: TestStack, name: string): Promise<Writer> => TRUTHS[(await readCluster(stack, name)).mode].write(stack, name);
