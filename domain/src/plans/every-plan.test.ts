import fc from 'fast-check';
import { CLUSTER_ID, deployInput } from '../cluster/cluster.test-support.js';
import type { DeployClusterInput } from '../operation/operation-input.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { planAddNode } from './add-node.plan.js';
import { planDeleteCluster } from './delete-cluster.plan.js';
import { planDeployCluster } from './deploy-cluster.plan.js';
import { planAddMember } from './multi-primary/add-node.plan.js';
import { planDeployGroup } from './multi-primary/deploy-cluster.plan.js';
import { planRemoveLostMember } from './multi-primary/remove-lost-node.plan.js';
import { planRemoveMember } from './multi-primary/remove-node.plan.js';
import { nodeOf, serving } from './plan.test-support.js';
import { planPromoteNode } from './promote-node.plan.js';
import { planRemoveNode } from './remove-node.plan.js';
import { planAddShard, planAddShardReplica } from './sharded/add-node.plan.js';
import { planDeployShards } from './sharded/deploy-cluster.plan.js';
import { planPromoteShardReplica } from './sharded/promote-node.plan.js';
import { planRemoveShard, planRemoveShardReplica } from './sharded/remove-node.plan.js';

const shapes: fc.Arbitrary<Partial<DeployClusterInput>> = fc.record({
  nodes: fc.integer({ min: 2, max: 16 }),
  replication: fc.constantFrom('async' as const, 'sync' as const),
});

const plansFor = (shape: Partial<DeployClusterInput>): OperationPlan[] => {
  const cluster = serving(shape);
  return [
    planDeployCluster(CLUSTER_ID, deployInput(shape)),
    planAddNode(cluster, {}),
    planPromoteNode(cluster, nodeOf(cluster, 2)),
    planRemoveNode(cluster, nodeOf(cluster, 2)),
    planDeleteCluster(cluster),
    ...groupPlans(shape.nodes ?? 3),
    ...shardPlans(shape.nodes ?? 3),
  ];
};

const groupPlans = (nodes: number): OperationPlan[] => {
  const shape = { mode: 'multi-primary', nodes: Math.max(nodes, 4) } as const;
  const cluster = serving(shape);
  return [planDeployGroup(CLUSTER_ID, deployInput(shape)), planAddMember(cluster, {}), planRemoveMember(cluster, nodeOf(cluster, 1)), planRemoveLostMember(cluster, nodeOf(cluster, 1)), planDeleteCluster(cluster)];
};

const shardPlans = (nodes: number): OperationPlan[] => {
  const shape = { mode: 'sharded', shards: Math.max(4, Math.floor(nodes / 2)), replicasPerShard: nodes % 3 } as const;
  const cluster = serving({ ...shape, nodes: shape.shards * (1 + shape.replicasPerShard) });
  const size = cluster.plan;
  return [
    planDeployShards(CLUSTER_ID, { ...deployInput(), ...shape }),
    planAddShardReplica(cluster, 2, size),
    planAddShard(cluster, size),
    planRemoveShard(cluster, 2),
    ...(shape.replicasPerShard === 0 ? [] : [planRemoveShardReplica(cluster, nodeOf(cluster, 2)), planPromoteShardReplica(cluster, nodeOf(cluster, 2))]),
    planDeleteCluster(cluster),
  ];
};

const everyPlan = (check: (plan: OperationPlan) => void): void =>
  fc.assert(fc.property(shapes, (shape) => plansFor(shape).forEach(check)), { numRuns: 50 });

describe('every plan', () => {
  it('has steps with names of their own, sentences, and a deadline', () => {
    everyPlan((plan) => {
      expect(new Set(plan.steps.map((step) => step.name)).size).toBe(plan.steps.length);
      for (const step of plan.steps) {
        expect(step.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
        expect(step.title).toMatch(/^[A-Z].*\.$/);
        expect(step.title).not.toMatch(/undefined|\[object|NaN| {2}/);
        expect(step.deadlineMs).toBeGreaterThanOrEqual(1000);
      }
    });
  });
  it('goes only forward once it has passed its point of no return', () => {
    everyPlan((plan) => {
      const after = plan.steps.map((step) => step.afterPointOfNoReturn);
      expect(after).toEqual([...after].sort((a, b) => Number(a) - Number(b)));
      expect(after.at(-1)).toBe(true);
      for (const step of plan.steps.filter((each) => each.afterPointOfNoReturn)) {
        expect('none' in step.undo).toBe(true);
        expect(step.whenOverdue).toBe('ask');
      }
    });
  });
  it('says how it is undone, what could be lost, and which nodes it touches', () => {
    everyPlan((plan) => {
      expect(plan.undo).toMatch(/\.$/);
      expect(plan.dataAtRisk).toMatch(/\.$/);
      for (const name of plan.nodesTouched) expect(name).toMatch(/^pg-[0-9a-f]{6}$/);
    });
  });
  it('is the same for the same cluster, so that its hash can be agreed to', () => {
    fc.assert(fc.property(shapes, (shape) => expect(JSON.stringify(plansFor(shape))).toBe(JSON.stringify(plansFor(shape)))), { numRuns: 20 });
  });
});
