import type { Command } from 'commander';
import { addLeaf, type Running } from '../leaf.js';
import { connectCluster } from './connect.js';
import { deleteCluster } from './delete.js';
import { deployCluster } from './deploy.js';
import { listClusters } from './list.js';
import { protectCluster } from './protect.js';
import { showCluster } from './show.js';

export const addClusterCommands = (program: Command, running: Running): void => {
  const noun = program.command('clusters').summary('Clusters: deploy, look at, connect to, protect, delete').description('Clusters: deploy, look at, connect to, protect, delete.');
  addLeaf(noun, running, deployCluster);
  addLeaf(noun, running, listClusters);
  addLeaf(noun, running, showCluster);
  addLeaf(noun, running, connectCluster);
  addLeaf(noun, running, protectCluster);
  addLeaf(noun, running, deleteCluster);
};
