import { exitCodeOf } from '../client/follow-operation.js';
import { HoldfastApi } from '../client/holdfast-api.js';
import { watchOperation } from '../client/operation-command.js';
import type { OperationView } from '../client/views.js';
import type { CliContext } from '../context.js';
import type { Leaf } from '../leaf.js';
import { renderOperation } from '../output/render-operation.js';

/** Cursor to the start of the line so many lines up, and everything below erased; ECMA-48 CPL and ED. */
const redraw = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}F\u001b[J`);

export const watchOperationCommand: Leaf<object> = {
  usage: 'watch <operation>',
  summary: 'Follow an operation to its end; one JSON document a line with --json',
  examples: ['./holdfast operations watch promote-node-4f1c…', './holdfast operations watch promote-node-4f1c… --json'],
  run: async (context, [id = '']) => {
    const api = new HoldfastApi(context);
    return exitCodeOf(await watchOperation(context, api, id, painter(context)));
  },
};

/** Redraws in a terminal; elsewhere prints each change of a step as a line. */
const painter = (context: CliContext): ((operation: OperationView) => void) => {
  let drawn = 0;
  const told = new Map<string, string>();
  return (operation) => {
    context.documentLine(operation);
    if (context.atTerminal) {
      const text = renderOperation(operation, context);
      context.print(redraw(drawn) + text);
      drawn = text.split('\n').length - 1;
      return;
    }
    for (const step of operation.steps) {
      if (step.status === 'pending' || told.get(step.name) === step.status) continue;
      told.set(step.name, step.status);
      context.print(`${step.name}\t${step.status}\t${step.durationMs ?? '-'}\n`);
    }
    if (told.get('') !== operation.state) context.print(`${operation.kind}\t${operation.state}\t${operation.durationMs ?? '-'}\n`);
    told.set('', operation.state);
  };
};
