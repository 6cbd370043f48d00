import { planAddNode } from '../plans/add-node.plan.js';
import { planAddShard, planAddShardReplica } from '../plans/sharded/add-node.plan.js';
import { nodeOf, serving } from '../plans/plan.test-support.js';
import { planPromoteNode } from '../plans/promote-node.plan.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import type { MachineSupply } from '../ports/provider.js';
import { ABSENT_CLUSTER } from './cluster.state.js';
import { CLUSTER_ID, deployInput } from './cluster.test-support.js';
import { machinesMadeBy, supplyRefusal } from './machine-supply.rules.js';
import { planDeploymentOf, planOperation } from './operation.decide.js';

const REMEDY = 'Add a host.';
const supply = (free: number, rest: Partial<MachineSupply> = {}): MachineSupply => ({ free, inUse: 0, unusable: [], remedy: REMEDY, ...rest });
const deploy = (nodes: number): OperationPlan => planDeploymentOf(CLUSTER_ID, deployInput({ nodes }));
const sharded = serving({ mode: 'sharded', shards: 3, replicasPerShard: 1, nodes: 6 });

describe('machines that an operation makes', () => {
  it.each<[string, OperationPlan, number]>([
    ['a cluster of three nodes, with its endpoint', deploy(3), 4],
    ['a group of three members, with its endpoint', planDeploymentOf(CLUSTER_ID, deployInput({ mode: 'multi-primary', nodes: 3 })), 4],
    ['three shards with a replica each, which have no endpoint', planDeploymentOf(CLUSTER_ID, deployInput({ mode: 'sharded', shards: 3, replicasPerShard: 1, nodes: 6 })), 6],
    ['a node more', planAddNode(serving(), {}), 1],
    ['a replica of a shard more', planAddShardReplica(sharded, 1, sharded.plan), 1],
    ['a shard more, with its replica', planAddShard(sharded, sharded.plan), 2],
    ['a promotion', planPromoteNode(serving(), nodeOf(serving(), 2)), 0],
  ])('%s', (_, plan, machines) => {
    expect(machinesMadeBy(plan)).toBe(machines);
  });
});

describe('a plan that makes more machines than can be had', () => {
  it('is refused with how many are missing and why each of the others cannot be used', () => {
    const unusable = [
      { id: '10.0.0.7-22', reason: 'Its clock is 3600.0 s ahead.' },
      { id: '10.0.0.8-22', reason: 'It was not checked yet.' },
    ];
    expect(supplyRefusal(deploy(3), supply(1, { inUse: 2, unusable }))).toEqual({
      kind: 'conflict',
      code: 'not-enough-machines',
      detail:
        '4 machines are needed, one for each node and one for the endpoint, and 1 is free: 3 more are needed. 2 serve already. ' +
        '10.0.0.7-22 cannot be used: Its clock is 3600.0 s ahead. 10.0.0.8-22 cannot be used: It was not checked yet. Add a host.',
      extra: { needed: 4, free: 1, missing: 3, unusable },
    });
  });
  it('says it of one as of many', () => {
    expect(supplyRefusal(planAddNode(serving(), {}), supply(0, { inUse: 1 }))?.detail).toBe('1 machine is needed, one for each node, and 0 are free: 1 more is needed. 1 serves already. Add a host.');
  });
  it('is let pass where there are just enough', () => {
    expect(supplyRefusal(deploy(3), supply(4))).toBeUndefined();
    expect(supplyRefusal(deploy(3), supply(3))).toMatchObject({ extra: { missing: 1 } });
  });
});

describe('planning with the machines that can be had', () => {
  const plan = (machines: MachineSupply | undefined, engineVersions: readonly string[], changes: Parameters<typeof deployInput>[0] = {}) =>
    planOperation(ABSENT_CLUSTER, { kind: 'deploy-cluster', input: deployInput(changes) }, { clusterId: CLUSTER_ID, generation: 1, offer: { engineVersions, ...(machines === undefined ? {} : { machines }) } });

  it('refuses a deployment, and plans it where there are enough or as many as are wanted', () => {
    expect(plan(supply(3), ['18'])).toMatchObject({ planned: false, refusal: { code: 'not-enough-machines' } });
    expect(plan(supply(4), ['18'])).toMatchObject({ planned: true });
    expect(plan(undefined, ['18'])).toMatchObject({ planned: true });
  });
  it('speaks of no version where there is no machine that could have one', () => {
    expect(plan(supply(0), [])).toMatchObject({ planned: false, refusal: { code: 'not-enough-machines' } });
    expect(plan(supply(9), [])).toMatchObject({ planned: false, refusal: { code: 'version-not-available' } });
  });
  it('names a wrong request first: more machines would not make it right', () => {
    expect(plan(supply(0), [], { name: 'X' })).toMatchObject({ planned: false, refusal: { code: 'invalid-name' } });
  });
  it('refuses a node that there is no machine for', () => {
    const context = { clusterId: CLUSTER_ID, generation: 1, offer: { engineVersions: [], machines: supply(0) } };
    expect(planOperation(serving(), { kind: 'add-node', input: {} }, context)).toMatchObject({ planned: false, refusal: { kind: 'conflict', code: 'not-enough-machines' } });
    expect(planOperation(serving(), { kind: 'delete-cluster', input: { confirm: serving().name } }, context)).toMatchObject({ planned: true });
  });
});
