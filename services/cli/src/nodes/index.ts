import type { Command } from 'commander';
import { addLeaf, type Running } from '../leaf.js';
import { addNode } from './add.js';
import { listNodes } from './list.js';
import { promoteNode } from './promote.js';
import { removeNode } from './remove.js';

export const addNodeCommands = (program: Command, running: Running): void => {
  const noun = program.command('nodes').summary('Nodes of a cluster: add, promote, remove').description('Nodes of a cluster: add, promote, remove.');
  addLeaf(noun, running, listNodes);
  addLeaf(noun, running, addNode);
  addLeaf(noun, running, promoteNode);
  addLeaf(noun, running, removeNode);
};
