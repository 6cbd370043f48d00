import { planRemoveNode } from './remove-node.plan.js';
import { deadlines, MINUTE, nameOf, nodeOf, pointOfNoReturn, serving, stepNames, stepOf, undoable } from './plan.test-support.js';

const planFor = (nodes: number, replication: 'async' | 'sync') => {
  const cluster = serving({ nodes, replication });
  return planRemoveNode(cluster, nodeOf(cluster, nodes));
};

describe('the plan of one replica less', () => {
  const cluster = serving();
  const plan = planRemoveNode(cluster, nodeOf(cluster, 3));
  const [primary, second, name] = [nameOf(cluster, 1), nameOf(cluster, 2), nameOf(cluster, 3)];

  it('leads readers away before the node stops, and destroys last', () => {
    expect(stepNames(plan)).toEqual(['preflight', 'leave-endpoint', 'stop-replica', 'release-replica', 'destroy-machine', 'publish']);
    expect(plan.nodesTouched).toEqual([name, primary]);
    expect(stepOf(plan, 'preflight').nodes).toEqual([primary, second]);
  });
  it('lets nobody wait for the node before it stops', () => {
    expect(stepNames(planFor(3, 'sync'))).toEqual([
      'preflight',
      'leave-endpoint',
      'leave-sync-policy',
      'stop-replica',
      'release-replica',
      'destroy-machine',
      'publish',
    ]);
    expect(undoable(planFor(3, 'sync'))).toEqual(['leave-endpoint', 'leave-sync-policy', 'stop-replica']);
  });
  it('can be taken back while the copy still has its slot', () => {
    expect(pointOfNoReturn(plan)).toBe('release-replica');
    expect(undoable(plan)).toEqual(['leave-endpoint', 'stop-replica']);
    expect(plan.undo).toBe('Add a node: it gets a new name and a fresh copy.');
  });
  it('never interrupts writes, and says which copy goes', () => {
    expect(new Set(plan.steps.map((step) => step.writes))).toEqual(new Set(['possible']));
    expect(plan).toMatchObject({ expectedWritePauseMs: 0, dataAtRisk: `The copy on ${name}; the others keep theirs.` });
    expect(plan.costChange).toEqual({ perHourMicroUsd: 0, perMonthMicroUsd: 0 });
  });
  it.each([
    [2, 'async', ['One node is left: when it is lost, the data is lost with it.']],
    [3, 'async', []],
    [3, 'sync', ['One synchronous replica is left: while it is away, commits wait.']],
    [4, 'sync', []],
  ] as const)('from %i %s nodes warns %j', (nodes, replication, warnings) => {
    expect(planFor(nodes, replication).warnings).toEqual(warnings);
  });
  it('has deadlines', () => {
    expect(deadlines(plan)).toMatchObject({ preflight: MINUTE, 'stop-replica': 5 * MINUTE, 'destroy-machine': 15 * MINUTE });
  });
});
