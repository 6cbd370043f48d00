import { planPromoteNode, PROMOTION_LAG_BYTES_MAX } from './promote-node.plan.js';
import { deadlines, MINUTE, nameOf, nodeOf, pointOfNoReturn, SECOND, serving, stepNames, stepOf, undoable } from './plan.test-support.js';

describe('the plan of a switchover', () => {
  const cluster = serving();
  const plan = planPromoteNode(cluster, nodeOf(cluster, 2));
  const [old, name, other] = [nameOf(cluster, 1), nameOf(cluster, 2), nameOf(cluster, 3)];

  it('stops the old primary before the candidate takes over, and leads clients there before anything else', () => {
    expect(stepNames(plan)).toEqual([
      'preflight',
      'reserve-replicas',
      'prepare-switchover',
      'fence-primary',
      'wait-for-log',
      'promote',
      'switch-endpoint',
      'repoint-replicas',
      'rejoin-old-primary',
      'verify',
      'publish',
    ]);
    expect(plan.nodesTouched).toEqual([name, old, other]);
  });
  it('has nobody to repoint with two nodes', () => {
    const pair = serving({ nodes: 2 });
    expect(stepNames(planPromoteNode(pair, nodeOf(pair, 2)))).not.toContain('repoint-replicas');
  });
  it('says the lag it allows', () => {
    expect(PROMOTION_LAG_BYTES_MAX).toBe(16_777_216);
    expect(stepOf(plan, 'preflight').title).toBe(`Check that ${name} streams from ${old}, is at most 16 MiB behind, and has free disk.`);
  });
  it('fences the old primary as its engine does', () => {
    expect(stepOf(plan, 'fence-primary').title).toBe(`Stop ${old} in good order; it hands all its log to the replicas.`);
    const valkey = { ...cluster, engine: 'valkey' };
    expect(stepOf(planPromoteNode(valkey, nodeOf(valkey, 2)), 'fence-primary').title).toBe(`Let ${old} refuse writes; it hands all that it wrote to the replicas.`);
  });
  it('can be taken back until clients are led to the new primary', () => {
    expect(pointOfNoReturn(plan)).toBe('switch-endpoint');
    expect(undoable(plan)).toEqual(['reserve-replicas', 'fence-primary', 'promote']);
    expect(stepOf(plan, 'fence-primary').undo).toEqual({ how: `Let ${old} serve again as the primary.` });
    expect(plan.undo).toBe(`Promote ${old} again.`);
  });
  it('takes itself back when it is overdue before that, and asks afterwards', () => {
    for (const step of plan.steps) expect([step.name, step.whenOverdue]).toEqual([step.name, step.afterPointOfNoReturn ? 'ask' : 'undo']);
  });
  it('pauses writes only from the stop to the switch', () => {
    expect(plan.steps.filter((step) => step.writes === 'paused').map((step) => step.name)).toEqual([
      'fence-primary',
      'wait-for-log',
      'promote',
      'switch-endpoint',
    ]);
    expect(plan.steps.filter((step) => step.writes === 'none')).toEqual([]);
    expect(plan.expectedWritePauseMs).toBe(300);
  });
  it('warns of closed connections, risks nothing and costs nothing', () => {
    expect(plan.warnings).toEqual([`Connections to ${old} are closed; clients reconnect through the read-write address.`]);
    expect(plan.dataAtRisk).toMatch(/^Nothing: /);
    expect(plan.costChange).toEqual({ perHourMicroUsd: 0, perMonthMicroUsd: 0 });
  });
  it('bounds what clients have to wait', () => {
    expect(deadlines(plan)).toMatchObject({ preflight: 30 * SECOND, 'fence-primary': 30 * SECOND, 'wait-for-log': 15 * SECOND, promote: 30 * SECOND });
    expect(deadlines(plan)).toMatchObject({ 'prepare-switchover': 5 * MINUTE, 'rejoin-old-primary': 30 * MINUTE });
  });
});
