import type { FactView } from '../client/views.js';
import type { CliContext } from '../context.js';
import { showTime } from '../output/amounts.js';
import { toSafeJsonLine } from '../output/escape.js';
import type { Column } from '../output/table.js';

const DATA_CHARACTERS_MAX = 80;

/** A fact in one line: when, what, who, why, and the beginning of its data. */
export const factColumns = (context: CliContext): readonly Column<FactView>[] => [
  { header: 'at', cell: (fact) => showTime(fact.at, context.atTerminal) },
  { header: 'fact', cell: (fact) => fact.type },
  { header: 'stream', cell: (fact) => fact.stream },
  { header: 'actor', cell: (fact) => fact.meta.actor },
  { header: 'step', cell: (fact) => fact.meta.step },
  { header: 'reason', cell: (fact) => fact.meta.reason },
  { header: 'data', cell: (fact) => (context.atTerminal ? shorten(toSafeJsonLine(fact.data)) : toSafeJsonLine(fact.data)) },
];

const shorten = (text: string): string => (text.length <= DATA_CHARACTERS_MAX ? text : `${text.slice(0, DATA_CHARACTERS_MAX - 1)}…`);
