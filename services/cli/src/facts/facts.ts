import { HoldfastApi } from '../client/holdfast-api.js';
import type { Leaf } from '../leaf.js';
import { factColumns } from './fact-columns.js';

export const showFacts: Leaf<object> = {
  usage: 'facts <stream>',
  summary: 'Show every fact of a stream, oldest first: cluster-<id> or operation-<id>',
  examples: ['./holdfast facts cluster-cl-0123456789abcdef', './holdfast facts operation-promote-node-4f1c… --json'],
  run: async (context, [stream = '']) => {
    const api = new HoldfastApi(context);
    const answer = await api.answer(api.http.GET('/v1/facts/{stream}', { params: { path: { stream } } }));
    context.rows(answer.items, factColumns(context), answer);
  },
};
