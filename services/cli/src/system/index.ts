import type { Command } from 'commander';
import { demoCommand } from '../demo/demo.js';
import { addLeaf, type Running } from '../leaf.js';
import { doctorCommand } from './doctor.js';
import { downCommand } from './down.js';
import { installCommand } from './install.js';
import { logsCommand } from './logs.js';
import { resetCommand } from './reset.js';
import { statusCommand } from './status.js';
import { upCommand } from './up.js';

/** What concerns this machine: the parts that `up` starts. */
export const addSystemCommands = (program: Command, running: Running): void => {
  addLeaf(program, running, demoCommand);
  addLeaf(program, running, upCommand);
  addLeaf(program, running, downCommand);
  addLeaf(program, running, statusCommand);
  addLeaf(program, running, logsCommand);
  addLeaf(program, running, resetCommand);
  addLeaf(program, running, doctorCommand);
  addLeaf(program, running, installCommand);
};
