import { HoldfastApi } from '../client/holdfast-api.js';
import type { Leaf } from '../leaf.js';
import { renderOperation } from '../output/render-operation.js';

export const showOperation: Leaf<object> = {
  usage: 'show <operation>',
  summary: 'Show an operation: its steps, what stands in its way, and what can be answered',
  examples: ['./holdfast operations show promote-node-4f1c…', './holdfast operations show promote-node-4f1c… --json'],
  run: async (context, [operation = '']) => {
    const api = new HoldfastApi(context);
    const view = await api.answer(api.http.GET('/v1/operations/{operation}', { params: { path: { operation } } }));
    context.document(view);
    context.print(renderOperation(view, context));
  },
};
