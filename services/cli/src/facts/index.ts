import type { Command } from 'commander';
import { addLeaf, type Running } from '../leaf.js';
import { showAudit } from './audit.js';
import { showFacts } from './facts.js';

/** What happened: across everything, and of one stream. */
export const addFactCommands = (program: Command, running: Running): void => {
  addLeaf(program, running, showAudit);
  addLeaf(program, running, showFacts);
};
