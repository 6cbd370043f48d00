import { Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import { operationOptions, requestOperation, type OperationOptions } from '../client/operation-command.js';
import type { Leaf } from '../leaf.js';
import { clusterOption, clusterOfNode } from './cluster-of-node.js';

export const removeNode: Leaf<OperationOptions & { cluster?: string; wholeShard?: true; lost?: true }> = {
  usage: 'remove <node>',
  summary: 'Remove a replica or a member with its data, or a whole shard; never a primary alone',
  examples: ['./holdfast nodes remove pg-3f9a1c', './holdfast nodes remove pg-3f9a1c --plan-only', './holdfast nodes remove pg-3f9a1c --confirm pg-3f9a1c --wait', './holdfast nodes remove vk-3f9a1c --whole-shard', './holdfast nodes remove my-3f9a1c --lost'],
  options: [clusterOption(), new Option('--whole-shard', "of a sharded cluster: the node's shard goes, its data moved to the others first"), new Option('--lost', 'of a group in which all write: its machine is gone for good; the others must serve, and no longer count it'), ...operationOptions('node')],
  run: async (context, [node = ''], options) => {
    const api = new HoldfastApi(context);
    const flags = { ...(options.wholeShard === undefined ? {} : { wholeShard: options.wholeShard }), ...(options.lost === undefined ? {} : { lost: options.lost }) };
    const cluster = await clusterOfNode(api, node, options.cluster);
    return requestOperation(
      context,
      api,
      {
        dangerous: { what: 'node', name: node },
        plan: () => api.answer(api.http.POST('/v1/clusters/{cluster}/plans', { params: { path: { cluster } }, body: { operation: 'remove-node', input: { node, ...flags } } })),
        submit: (agreement, confirm) =>
          api.answer(api.http.DELETE('/v1/clusters/{cluster}/nodes/{node}', { params: { path: { cluster, node } }, body: { ...agreement, confirm, ...flags } })),
      },
      options,
    );
  },
};
