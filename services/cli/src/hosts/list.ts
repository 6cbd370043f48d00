import { HoldfastApi } from '../client/holdfast-api.js';
import type { Leaf } from '../leaf.js';
import { hostColumns } from './columns.js';

export const listHosts: Leaf<object> = {
  usage: 'list',
  summary: 'List your servers: which are free, which serve a node, what is wrong with others',
  examples: ['./holdfast hosts list', './holdfast hosts list --json'],
  run: async (context) => {
    const api = new HoldfastApi(context);
    const answer = await api.answer(api.http.GET('/v1/hosts'));
    context.rows(answer.items, hostColumns(context), answer);
  },
};
