import { planDeleteCluster } from './delete-cluster.plan.js';
import { deadlines, MINUTE, nameOf, pointOfNoReturn, serving, stepNames, stepOf, undoable } from './plan.test-support.js';

describe('the plan of the end', () => {
  const cluster = serving();
  const plan = planDeleteCluster(cluster);
  const names = [1, 2, 3].map((ordinal) => nameOf(cluster, ordinal));

  it('closes, stops, and only then destroys', () => {
    expect(stepNames(plan)).toEqual(['close-endpoint', 'stop-nodes', 'destroy-machines', 'destroy-secrets', 'publish']);
    expect(plan.nodesTouched).toEqual(names);
    expect(stepOf(plan, 'stop-nodes').title).toBe(`Stop ${names.join(', ')} in good order.`);
  });
  it('can be taken back until the first machine is destroyed', () => {
    expect(pointOfNoReturn(plan)).toBe('destroy-machines');
    expect(undoable(plan)).toEqual(['close-endpoint', 'stop-nodes']);
    expect(plan.undo).toBe('None once the machines are destroyed.');
  });
  it('says what is lost, and that no backup is kept', () => {
    expect(plan.dataAtRisk).toBe('All data of orders.');
    expect(plan.warnings).toEqual(['All data of orders is destroyed. No backup is kept: this version of Holdfast makes none.']);
  });
  it('has deadlines, and no writes to pause', () => {
    expect(deadlines(plan)).toMatchObject({ 'close-endpoint': 2 * MINUTE, 'stop-nodes': 10 * MINUTE, 'destroy-machines': 30 * MINUTE });
    expect(new Set(plan.steps.map((step) => step.writes))).toEqual(new Set(['none']));
    expect(plan.expectedWritePauseMs).toBe(0);
  });
});
