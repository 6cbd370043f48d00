import { HoldfastApi } from '../client/holdfast-api.js';
import { operationOptions, requestOperation, type OperationOptions } from '../client/operation-command.js';
import type { Leaf } from '../leaf.js';
import { clusterOption, clusterOfNode } from './cluster-of-node.js';

export const removeNode: Leaf<OperationOptions & { cluster?: string }> = {
  usage: 'remove <node>',
  summary: 'Remove a replica with its data; never the primary',
  examples: ['./holdfast nodes remove pg-3f9a1c', './holdfast nodes remove pg-3f9a1c --plan-only', './holdfast nodes remove pg-3f9a1c --confirm pg-3f9a1c --wait'],
  options: [clusterOption(), ...operationOptions('node')],
  run: async (context, [node = ''], options) => {
    const api = new HoldfastApi(context);
    const cluster = await clusterOfNode(api, node, options.cluster);
    return requestOperation(
      context,
      api,
      {
        dangerous: { what: 'node', name: node },
        plan: () => api.answer(api.http.POST('/v1/clusters/{cluster}/plans', { params: { path: { cluster } }, body: { operation: 'remove-node', input: { node } } })),
        submit: (agreement, confirm) =>
          api.answer(api.http.DELETE('/v1/clusters/{cluster}/nodes/{node}', { params: { path: { cluster, node } }, body: { ...agreement, confirm } })),
      },
      options,
    );
  },
};
