import { CLUSTER_ID, deployInput, node } from '../cluster/cluster.test-support.js';
import type { DeployClusterInput } from '../operation/operation-input.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { planDeployCluster } from './deploy-cluster.plan.js';
import { deadlines, HOUR, MINUTE, pointOfNoReturn, stepNames, stepOf, undoable } from './plan.test-support.js';

const planFor = (changes: Partial<DeployClusterInput> = {}): OperationPlan => planDeployCluster(CLUSTER_ID, deployInput(changes));
const names = [node(1).name, node(2).name, node(3).name];

describe('the plan of a deployment', () => {
  it('of three asynchronous nodes', () => {
    const plan = planFor();
    expect(stepNames(plan)).toEqual([
      'reserve-nodes',
      'provision-machines',
      'install-engine',
      'start-primary',
      'join-replicas',
      'open-endpoint',
      'verify',
      'publish',
    ]);
    expect(plan.nodesTouched).toEqual(names);
    expect(stepOf(plan, 'reserve-nodes').title).toBe('Reserve the names of 3 nodes.');
    expect(stepOf(plan, 'provision-machines').title).toBe('Create 3 machines and one for the endpoint.');
    expect(stepOf(plan, 'start-primary').title).toBe(`Start ${node(1).name} as the primary.`);
    expect(stepOf(plan, 'join-replicas').title).toBe(`Copy the primary to ${node(2).name}, ${node(3).name} and let them follow it.`);
    expect(plan.warnings).toEqual([]);
  });
  it('of one node joins nobody and warns', () => {
    const plan = planFor({ mode: 'single', nodes: 1 });
    expect(stepNames(plan)).not.toContain('join-replicas');
    expect(stepOf(plan, 'reserve-nodes').title).toBe('Reserve the name of 1 node.');
    expect(stepOf(plan, 'provision-machines').title).toBe('Create 1 machine and one for the endpoint.');
    expect(plan.warnings).toEqual(['One node: when it is lost, the data is lost with it. Add a node to be safe.']);
  });
  it('of synchronous nodes sets the rule after the replicas have joined, so that no commit waits for nobody', () => {
    const steps = stepNames(planFor({ replication: 'sync' }));
    expect(steps.indexOf('set-sync-policy')).toBe(steps.indexOf('join-replicas') + 1);
    expect(planFor({ replication: 'sync' }).warnings).toEqual([]);
  });
  it('of two synchronous nodes warns that commits may wait', () => {
    expect(planFor({ replication: 'sync', nodes: 2 }).warnings).toEqual([
      'Synchronous with one replica: while that replica is away, commits wait. Three nodes avoid this.',
    ]);
  });
  it('can be taken back until it is published', () => {
    expect(pointOfNoReturn(planFor())).toBe('publish');
    expect(undoable(planFor())).toEqual(['reserve-nodes', 'provision-machines', 'start-primary', 'open-endpoint']);
    expect(planFor().undo).toBe('Delete the cluster.');
  });
  it('waits for a person when a step is overdue: nobody is served yet', () => {
    expect(new Set(planFor().steps.map((step) => step.whenOverdue))).toEqual(new Set(['ask']));
  });
  it('lets clients write only from its end on', () => {
    expect(planFor().steps.map((step) => step.writes)).toEqual([...Array<string>(7).fill('none'), 'possible']);
    expect(planFor().expectedWritePauseMs).toBe(0);
  });
  it('has deadlines', () => {
    expect(deadlines(planFor({ replication: 'sync' }))).toEqual({
      'reserve-nodes': MINUTE,
      'provision-machines': 15 * MINUTE,
      'install-engine': 20 * MINUTE,
      'start-primary': 5 * MINUTE,
      'join-replicas': HOUR,
      'set-sync-policy': 2 * MINUTE,
      'open-endpoint': 5 * MINUTE,
      verify: 5 * MINUTE,
      publish: MINUTE,
    });
  });
  it('costs nothing on this machine and risks nothing', () => {
    expect(planFor().costChange).toEqual({ perHourMicroUsd: 0, perMonthMicroUsd: 0 });
    expect(planFor().dataAtRisk).toBe('Nothing: the cluster is new.');
  });
});
