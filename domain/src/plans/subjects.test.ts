import { CLUSTER_ID, deployInput, node } from '../cluster/cluster.test-support.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { planAddNode } from './add-node.plan.js';
import { planDeleteCluster } from './delete-cluster.plan.js';
import { planDeployCluster } from './deploy-cluster.plan.js';
import { nodeOf, serving } from './plan.test-support.js';
import { planPromoteNode } from './promote-node.plan.js';
import { planRemoveNode } from './remove-node.plan.js';

const SIZE = 'SMALL-1C-1G';
const targets = (plan: OperationPlan): string[] => plan.subjects.filter((subject) => subject.target).map((subject) => subject.nodeId);

describe('the subjects of a plan', () => {
  const cluster = serving();
  it('are the nodes that a deployment makes, the first one the primary', () => {
    const plan = planDeployCluster(CLUSTER_ID, deployInput());
    expect(plan.subjects).toEqual([
      { ...node(1), role: 'primary', size: SIZE, target: true },
      { ...node(2), role: 'replica', size: SIZE, target: true },
      { ...node(3), role: 'replica', size: SIZE, target: true },
    ]);
  });
  it('are all nodes and the one that is added, with its own size', () => {
    const plan = planAddNode(cluster, { plan: 'LARGE-4C-8G' });
    expect(plan.subjects.map((subject) => subject.role)).toEqual(['primary', 'replica', 'replica', 'replica']);
    expect(plan.subjects.at(-1)).toEqual({ ...node(4), role: 'replica', size: 'LARGE-4C-8G', target: true });
    expect(targets(plan)).toEqual([node(4).nodeId]);
  });
  it('are all nodes, and the one that is promoted or removed is the target', () => {
    for (const plan of [planPromoteNode(cluster, nodeOf(cluster, 2)), planRemoveNode(cluster, nodeOf(cluster, 2))]) {
      expect(plan.subjects.map((subject) => subject.ordinal)).toEqual([1, 2, 3]);
      expect(targets(plan)).toEqual([node(2).nodeId]);
    }
  });
  it('are all targets when the cluster is deleted', () => {
    expect(targets(planDeleteCluster(cluster))).toEqual([1, 2, 3].map((ordinal) => node(ordinal).nodeId));
  });
});
