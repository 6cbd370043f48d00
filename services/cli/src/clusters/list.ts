import { Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import { listOptions, pageQuery, type ListOptions } from '../client/paging.js';
import type { Leaf } from '../leaf.js';
import { showTime } from '../output/amounts.js';
import { paintClusterStatus } from './render-cluster.js';

export const listClusters: Leaf<ListOptions & { status?: string; deleted?: boolean }> = {
  usage: 'list',
  summary: 'List clusters',
  examples: ['./holdfast clusters list', './holdfast clusters list --status changing', './holdfast clusters list --json'],
  options: [new Option('--status <status>', 'only those in this state'), new Option('--deleted', 'deleted ones too'), ...listOptions()],
  run: async (context, _args, options) => {
    const api = new HoldfastApi(context);
    const query = { ...pageQuery(options), ...(options.status === undefined ? {} : { status: options.status }), ...(options.deleted === true ? { deleted: 'true' } : {}) };
    const page = await api.answer(api.http.GET('/v1/clusters', { params: { query: query as never } }));
    context.rows(
      page.items,
      [
        { header: 'name', cell: (row) => row.name },
        { header: 'status', cell: (row) => row.status, paint: (text, row) => paintClusterStatus(context, row.status, text) },
        { header: 'engine', cell: (row) => `${row.engine} ${row.version}` },
        { header: 'mode', cell: (row) => row.mode },
        { header: 'nodes', cell: (row) => row.nodeCount },
        { header: 'provider', cell: (row) => `${row.provider}/${row.region}` },
        { header: 'plan', cell: (row) => row.plan },
        { header: 'changed', cell: (row) => showTime(row.changedAt, context.atTerminal) },
      ],
      page,
    );
  },
};
