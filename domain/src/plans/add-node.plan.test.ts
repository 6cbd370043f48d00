import { node } from '../cluster/cluster.test-support.js';
import { planAddNode } from './add-node.plan.js';
import { deadlines, HOUR, MINUTE, nameOf, pointOfNoReturn, serving, stepNames, stepOf, undoable } from './plan.test-support.js';

describe('the plan of one more replica', () => {
  const cluster = serving();
  const plan = planAddNode(cluster, {});
  const [primary, added] = [nameOf(cluster, 1), node(4).name];

  it('copies, catches up, and only then is published', () => {
    expect(stepNames(plan)).toEqual(['reserve-node', 'provision-machine', 'install-engine', 'clone-data', 'catch-up', 'verify', 'publish']);
  });
  it('names the node before it exists', () => {
    expect(plan.nodesTouched).toEqual([primary, added]);
    expect(stepOf(plan, 'clone-data').title).toBe(`Copy the data of ${primary} to ${added}.`);
    expect(plan.undo).toBe(`Remove ${added}.`);
  });
  it('has the size of the cluster unless another is asked for', () => {
    expect(stepOf(plan, 'provision-machine').title).toBe('Create a machine of size SMALL-1C-1G.');
    expect(stepOf(planAddNode(cluster, { plan: 'LARGE-4C-8G' }), 'provision-machine').title).toBe('Create a machine of size LARGE-4C-8G.');
  });
  it('lets a synchronous cluster count the node once it has caught up', () => {
    const sync = planAddNode(serving({ replication: 'sync' }), {});
    expect(stepNames(sync)).toEqual([...stepNames(plan).slice(0, 5), 'set-sync-policy', 'verify', 'publish']);
    expect(stepOf(sync, 'set-sync-policy').nodes).toHaveLength(4);
    expect(undoable(sync)).toContain('set-sync-policy');
  });
  it('can be taken back until clients may reach the node', () => {
    expect(pointOfNoReturn(plan)).toBe('publish');
    expect(undoable(plan)).toEqual(['reserve-node', 'provision-machine', 'clone-data']);
  });
  it('never interrupts writes', () => {
    expect(new Set(plan.steps.map((step) => step.writes))).toEqual(new Set(['possible']));
    expect(plan).toMatchObject({ expectedWritePauseMs: 0, dataAtRisk: 'Nothing: existing nodes are only read.', warnings: [] });
    expect(plan.costChange).toEqual({ perHourMicroUsd: 0, perMonthMicroUsd: 0 });
  });
  it('gives large copies time', () => {
    expect(deadlines(plan)).toMatchObject({ 'reserve-node': MINUTE, 'clone-data': 12 * HOUR, 'catch-up': 2 * HOUR, publish: 2 * MINUTE });
  });
});
