// The workflow types that Temporal knows: each is its operation's slug.
export { addNode as 'add-node' } from './add-node.workflow.js';
export { deleteCluster as 'delete-cluster' } from './delete-cluster.workflow.js';
export { deployCluster as 'deploy-cluster' } from './deploy-cluster.workflow.js';
export { promoteNode as 'promote-node' } from './promote-node.workflow.js';
export { removeNode as 'remove-node' } from './remove-node.workflow.js';
