import { HoldfastApi } from '../client/holdfast-api.js';
import { operationOptions, requestOperation, type OperationOptions } from '../client/operation-command.js';
import type { Leaf } from '../leaf.js';
import { clusterOption, clusterOfNode } from './cluster-of-node.js';

export const promoteNode: Leaf<OperationOptions & { cluster?: string }> = {
  usage: 'promote <node>',
  summary: 'Make a replica the primary by a switchover; no committed row is lost',
  examples: ['./holdfast nodes promote pg-3f9a1c', './holdfast nodes promote pg-3f9a1c --plan-only', './holdfast nodes promote pg-3f9a1c --confirm pg-3f9a1c --wait'],
  options: [clusterOption(), ...operationOptions('node')],
  run: async (context, [node = ''], options) => {
    const api = new HoldfastApi(context);
    const cluster = await clusterOfNode(api, node, options.cluster);
    return requestOperation(
      context,
      api,
      {
        dangerous: { what: 'node', name: node },
        plan: () => api.answer(api.http.POST('/v1/clusters/{cluster}/plans', { params: { path: { cluster } }, body: { operation: 'promote-node', input: { node } } })),
        submit: (agreement, confirm) =>
          api.answer(api.http.POST('/v1/clusters/{cluster}/nodes/{node}/promote', { params: { path: { cluster, node } }, body: { ...agreement, confirm } })),
      },
      options,
    );
  },
};
