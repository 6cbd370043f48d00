import type { Command } from 'commander';
import { addCatalogueCommands } from './catalogue/index.js';
import { addCredentialCommands } from './clusters/credentials.js';
import { addClusterCommands } from './clusters/index.js';
import { addFactCommands } from './facts/index.js';
import { addProjectionCommands } from './facts/rebuild.js';
import { addHelpTopics } from './help-topics.js';
import { addHostCommands } from './hosts/index.js';
import type { Running } from './leaf.js';
import { addImageCommands } from './images/index.js';
import { addNodeCommands } from './nodes/index.js';
import { addOperationCommands } from './operations/index.js';
import { addSystemCommands } from './system/index.js';

/** Every noun and verb. */
export const addCommands = (program: Command, running: Running): void => {
  addSystemCommands(program, running);
  addCatalogueCommands(program, running);
  addClusterCommands(program, running);
  addNodeCommands(program, running);
  addHostCommands(program, running);
  addImageCommands(program, running);
  addOperationCommands(program, running);
  addFactCommands(program, running);
  addCredentialCommands(program, running);
  addProjectionCommands(program, running);
  addHelpTopics(program, running);
};
