import type { Command } from 'commander';
import { addLeaf, type Running } from '../leaf.js';
import { addHost } from './add.js';
import { checkHost } from './check.js';
import { listHosts } from './list.js';
import { removeHost } from './remove.js';

export const addHostCommands = (program: Command, running: Running): void => {
  const noun = program.command('hosts').summary('Servers of yours: add, list, check, remove').description('Servers of yours, which the provider ssh makes nodes of: add, list, check, remove.');
  addLeaf(noun, running, listHosts);
  addLeaf(noun, running, addHost);
  addLeaf(noun, running, checkHost);
  addLeaf(noun, running, removeHost);
};
