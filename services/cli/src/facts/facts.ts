import { HoldfastApi } from '../client/holdfast-api.js';
import type { FactView } from '../client/views.js';
import type { Leaf } from '../leaf.js';
import { factColumns } from './fact-columns.js';

/** The API's largest page. */
const PAGE = 500;

export const showFacts: Leaf<object> = {
  usage: 'facts <stream>',
  summary: 'Show every fact of a stream, oldest first: cluster-<id> or operation-<id>',
  examples: ['./holdfast facts cluster-cl-0123456789abcdef', './holdfast facts operation-promote-node-4f1c… --json'],
  run: async (context, [stream = '']) => {
    context.rows(await readStream(new HoldfastApi(context), stream), factColumns(context));
  },
};

/** All facts of a stream, however many pages they are. */
export const readStream = async (api: HoldfastApi, stream: string): Promise<readonly FactView[]> => {
  const items: FactView[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: String(PAGE), ...(cursor === undefined ? {} : { cursor }) };
    const page = await api.answer(api.http.GET('/v1/facts/{stream}', { params: { path: { stream }, query } }));
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return items;
};
