import { Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import { listOptions, pageQuery, type ListOptions } from '../client/paging.js';
import type { Leaf } from '../leaf.js';
import { showTime } from '../output/amounts.js';
import { paintState } from '../output/render-operation.js';

export const listOperations: Leaf<ListOptions & { stuck?: boolean; cluster?: string; state?: string }> = {
  usage: 'list',
  summary: 'List operations, newest first',
  examples: ['./holdfast operations list', './holdfast operations list --stuck', './holdfast operations list --cluster shop --json'],
  options: [
    new Option('--stuck', 'only those that wait for an answer'),
    new Option('--cluster <cluster>', 'only those of this cluster'),
    new Option('--state <state>', 'only those in this state'),
    ...listOptions(),
  ],
  run: async (context, _args, options) => {
    const api = new HoldfastApi(context);
    const query = {
      ...pageQuery(options),
      ...(options.stuck === true ? { stuck: 'true' } : {}),
      ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
      ...(options.state === undefined ? {} : { state: options.state }),
    };
    const page = await api.answer(api.http.GET('/v1/operations', { params: { query: query as never } }));
    context.rows(
      page.items,
      [
        { header: 'operation', cell: (row) => row.id },
        { header: 'state', cell: (row) => row.state, paint: (text, row) => paintState(context, row.state, text) },
        { header: 'cluster', cell: (row) => row.cluster.name },
        { header: 'step', cell: (row) => row.step },
        { header: 'asked by', cell: (row) => row.actor },
        { header: 'accepted', cell: (row) => showTime(row.acceptedAt, context.atTerminal) },
        { header: 'ended', cell: (row) => (row.endedAt === undefined ? undefined : showTime(row.endedAt, context.atTerminal)) },
      ],
      page,
    );
  },
};
