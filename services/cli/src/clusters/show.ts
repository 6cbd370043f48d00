import { InvalidArgumentError, Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import type { Leaf } from '../leaf.js';
import { renderCluster } from './render-cluster.js';

/** Any time that JavaScript reads, as RFC 3339 in UTC; a time without a zone is local. */
const instant = (text: string): string => {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('It is a time such as 2026-11-21T12:00:01Z.');
  return time.toISOString();
};

export const showCluster: Leaf<{ at?: string }> = {
  usage: 'show <cluster>',
  summary: 'Show a cluster: endpoints, running operation, nodes; now or at any instant',
  examples: ['./holdfast clusters show shop', './holdfast clusters show shop --at 2026-11-21T12:00:01Z', './holdfast clusters show shop --json'],
  options: [new Option('--at <time>', 'as its facts said then').argParser(instant)],
  run: async (context, [cluster = ''], { at }) => {
    const api = new HoldfastApi(context);
    const query = at === undefined ? {} : { at };
    const view = await api.answer(api.http.GET('/v1/clusters/{cluster}', { params: { path: { cluster }, query } }));
    context.document(view);
    context.print(renderCluster(view, context, at));
  },
};
