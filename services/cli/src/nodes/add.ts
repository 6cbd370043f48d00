import { Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import { operationOptions, requestOperation, type OperationOptions } from '../client/operation-command.js';
import type { Leaf } from '../leaf.js';

export const addNode: Leaf<OperationOptions & { plan?: string }> = {
  usage: 'add <cluster>',
  summary: 'Add a replica to a cluster; the primary is not restarted',
  examples: ['./holdfast nodes add shop', './holdfast nodes add shop --plan MEDIUM-2C-4G --plan-only', './holdfast nodes add shop --wait --json'],
  options: [new Option('--plan <size>', "size of its machine; the cluster's own by default"), ...operationOptions()],
  run: async (context, [cluster = ''], options) => {
    const api = new HoldfastApi(context);
    const path = { cluster };
    const input = options.plan === undefined ? {} : { plan: options.plan };
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
