import { HoldfastApi } from '../client/holdfast-api.js';
import { operationOptions, requestOperation, type OperationOptions } from '../client/operation-command.js';
import type { Leaf } from '../leaf.js';

export const deleteCluster: Leaf<OperationOptions> = {
  usage: 'delete <cluster>',
  summary: 'Delete a cluster with all its data; refused under termination protection',
  examples: ['./holdfast clusters delete shop', './holdfast clusters delete shop --plan-only', './holdfast clusters delete shop --confirm shop --wait'],
  options: operationOptions('cluster'),
  run: async (context, [cluster = ''], options) => {
    const api = new HoldfastApi(context);
    const path = { cluster };
    return requestOperation(
      context,
      api,
      {
        dangerous: { what: 'cluster', name: cluster },
        plan: () => api.answer(api.http.POST('/v1/clusters/{cluster}/plans', { params: { path }, body: { operation: 'delete-cluster' } })),
        submit: (agreement, confirm) => api.answer(api.http.DELETE('/v1/clusters/{cluster}', { params: { path }, body: { ...agreement, confirm } })),
      },
      options,
    );
  },
};
