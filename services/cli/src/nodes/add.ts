import { InvalidArgumentError, Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import { operationOptions, requestOperation, type OperationOptions } from '../client/operation-command.js';
import type { Leaf } from '../leaf.js';

/** The cluster's rules judge it; here it only has to be a number. */
const shardNumber = (text: string): number => {
  if (!/^[0-9]+$/.test(text)) throw new InvalidArgumentError('It is the number of a shard.');
  return Number(text);
};

export const addNode: Leaf<OperationOptions & { plan?: string; shard?: number; newShard?: true }> = {
  usage: 'add <cluster>',
  summary: 'Add a replica, a member, or a shard to a cluster; what serves is not restarted',
  examples: ['./holdfast nodes add shop', './holdfast nodes add shop --plan MEDIUM-2C-4G --plan-only', './holdfast nodes add shop --wait --json', './holdfast nodes add cache --shard 2', './holdfast nodes add cache --new-shard'],
  options: [
    new Option('--plan <size>', "size of its machine; the cluster's own by default"),
    new Option('--shard <number>', 'of a sharded cluster: the shard that gets one more replica').argParser(shardNumber).conflicts('newShard'),
    new Option('--new-shard', 'of a sharded cluster: one more shard, which takes its share of the data'),
    ...operationOptions(),
  ],
  run: async (context, [cluster = ''], options) => {
    const api = new HoldfastApi(context);
    const path = { cluster };
    const { plan, shard, newShard } = options;
    const input = { ...(plan === undefined ? {} : { plan }), ...(shard === undefined ? {} : { shard }), ...(newShard === undefined ? {} : { newShard }) };
    return requestOperation(
      context,
      api,
      {
        plan: () => api.answer(api.http.POST('/v1/clusters/{cluster}/plans', { params: { path }, body: { operation: 'add-node', input } })),
        submit: (agreement) => api.answer(api.http.POST('/v1/clusters/{cluster}/nodes', { params: { path }, body: { ...input, ...agreement } })),
      },
      options,
    );
  },
};
