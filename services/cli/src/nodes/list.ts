import { HoldfastApi } from '../client/holdfast-api.js';
import { nodeColumns } from '../clusters/render-cluster.js';
import type { Leaf } from '../leaf.js';

export const listNodes: Leaf<object> = {
  usage: 'list <cluster>',
  summary: "List a cluster's nodes",
  examples: ['./holdfast nodes list shop', './holdfast nodes list shop --json'],
  run: async (context, [cluster = '']) => {
    const api = new HoldfastApi(context);
    const answer = await api.answer(api.http.GET('/v1/clusters/{cluster}/nodes', { params: { path: { cluster } } }));
    context.rows(answer.items, nodeColumns, answer);
  },
};
