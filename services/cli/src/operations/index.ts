import type { Command } from 'commander';
import { addLeaf, type Running } from '../leaf.js';
import { answerOperation } from './answer.js';
import { listOperations } from './list.js';
import { showOperation } from './show.js';
import { watchOperationCommand } from './watch.js';

export const addOperationCommands = (program: Command, running: Running): void => {
  const noun = program.command('operations').summary('Operations: follow them, answer stuck ones').description('Operations: follow them, answer stuck ones.');
  addLeaf(noun, running, listOperations);
  addLeaf(noun, running, showOperation);
  addLeaf(noun, running, watchOperationCommand);
  for (const verb of ['cancel', 'retry', 'skip', 'abort'] as const) addLeaf(noun, running, answerOperation(verb));
};
