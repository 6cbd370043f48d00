import { InvalidArgumentError, Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import { listOptions, pageQuery, type ListOptions } from '../client/paging.js';
import type { Leaf } from '../leaf.js';
import { factColumns } from './fact-columns.js';

const MINUTES_OF: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440 };

/** A time, or how long ago: `30m`, `2h`, `7d`. */
const since = (text: string): string => {
  const ago = /^(\d+)([mhd])$/.exec(text);
  const time = ago === null ? new Date(text) : new Date(Date.now() - Number(ago[1]) * (MINUTES_OF[ago[2] ?? ''] ?? 0) * 60_000);
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('It is a time such as 2026-11-21T12:00:01Z, or 30m, 2h, 7d ago.');
  return time.toISOString();
};

export const showAudit: Leaf<ListOptions & { cluster?: string; actor?: string; since?: string; type?: string }> = {
  usage: 'audit',
  summary: 'Show what happened, who asked for it and why; newest first',
  examples: ['./holdfast audit --cluster shop', './holdfast audit --actor token:admin --since 2h', './holdfast audit --type NodePromoted --json'],
  options: [
    new Option('--cluster <cluster>', 'only facts of this cluster'),
    new Option('--actor <actor>', 'only what this one asked for'),
    new Option('--since <time>', 'only from then on; also 30m, 2h, 7d').argParser(since),
    new Option('--type <fact>', 'only facts of this type'),
    ...listOptions(),
  ],
  run: async (context, _args, options) => {
    const api = new HoldfastApi(context);
    const { cluster, actor, type } = options;
    const query = {
      ...pageQuery(options),
      ...(cluster === undefined ? {} : { cluster }),
      ...(actor === undefined ? {} : { actor }),
      ...(options.since === undefined ? {} : { since: options.since }),
      ...(type === undefined ? {} : { type }),
    };
    const page = await api.answer(api.http.GET('/v1/audit', { params: { query } }));
    context.rows(page.items, factColumns(context), page);
  },
};
