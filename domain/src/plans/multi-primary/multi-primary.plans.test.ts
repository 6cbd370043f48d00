import { CLUSTER_ID, deployInput, node } from '../../cluster/cluster.test-support.js';
import { nameOf, nodeOf, pointOfNoReturn, serving, stepNames, stepOf, undoable } from '../plan.test-support.js';
import { planDeleteCluster } from '../delete-cluster.plan.js';
import { planAddMember } from './add-node.plan.js';
import { planDeployGroup } from './deploy-cluster.plan.js';
import { planRemoveLostMember } from './remove-lost-node.plan.js';
import { planRemoveMember } from './remove-node.plan.js';

const shape = (nodes: number) => ({ mode: 'multi-primary', nodes }) as const;

describe('the plan of a group', () => {
  const plan = planDeployGroup(CLUSTER_ID, deployInput(shape(3)));
  it('begins with one member, which the others join', () => {
    expect(stepNames(plan)).toEqual(['reserve-nodes', 'provision-machines', 'install-engine', 'bootstrap-group', 'join-members', 'open-endpoint', 'verify', 'publish']);
    expect(stepOf(plan, 'bootstrap-group').nodes).toEqual([node(1).name]);
    expect(stepOf(plan, 'provision-machines').title).toBe('Create 3 machines of size SMALL-1C-1G and one for the endpoint.');
    expect(plan.subjects.map((subject) => subject.role)).toEqual(['member', 'member', 'member']);
    expect([pointOfNoReturn(plan), undoable(plan)]).toEqual(['publish', ['reserve-nodes', 'provision-machines', 'bootstrap-group', 'open-endpoint']]);
  });
  it('warns of an even number', () => {
    expect(plan.warnings).toEqual([]);
    expect(planDeployGroup(CLUSTER_ID, deployInput(shape(4))).warnings.join()).toMatch(/^4 members: split in two halves/);
  });
});

describe('the plan of one member more', () => {
  const cluster = serving(shape(3));
  const plan = planAddMember(cluster, {});
  it('tells the others first, and opens the way to it last', () => {
    expect(stepNames(plan)).toEqual(['reserve-nodes', 'provision-machines', 'install-engine', 'remember-member', 'join-group', 'verify', 'publish']);
    expect(stepOf(plan, 'remember-member').nodes).toEqual([1, 2, 3].map((ordinal) => nameOf(cluster, ordinal)));
    expect(plan.warnings.join()).toContain('4 members');
    expect(planAddMember(serving(shape(4)), { plan: 'LARGE-4C-8G' }).subjects.at(-1)).toMatchObject({ size: 'LARGE-4C-8G', role: 'member', target: true });
  });
});

describe('the plan of one member less', () => {
  const cluster = serving(shape(5));
  const plan = planRemoveMember(cluster, nodeOf(cluster, 2));
  it('lets it say goodbye before it is forgotten', () => {
    expect(stepNames(plan)).toEqual(['preflight', 'leave-endpoint', 'leave-group', 'forget-member', 'destroy-machine', 'publish']);
    expect([pointOfNoReturn(plan), undoable(plan)]).toEqual(['forget-member', ['leave-endpoint', 'leave-group']]);
    expect(plan.warnings).toHaveLength(2);
    expect(planRemoveMember(serving(shape(4)), nodeOf(serving(shape(4)), 1)).warnings).toHaveLength(1);
  });
});

describe('the plan of a member that is lost', () => {
  const three = serving(shape(3));
  const plan = planRemoveLostMember(three, nodeOf(three, 2));
  it('asks the others whether they count it, and waits for no goodbye', () => {
    expect(stepNames(plan)).toEqual(['preflight', 'leave-endpoint', 'forget-member', 'destroy-machine', 'publish']);
    expect([pointOfNoReturn(plan), undoable(plan)]).toEqual(['forget-member', ['leave-endpoint']]);
    expect(stepOf(plan, 'preflight').nodes).toEqual([nameOf(three, 1), nameOf(three, 3)]);
  });
  it('warns that it must be gone, and of what the next loss costs', () => {
    expect(plan.warnings).toEqual([expect.stringContaining('switched off for good'), '2 members are left: the loss of one more stops the group. Add a node at once.']);
    const warningsOfGroup = (nodes: number): string[] => [...planRemoveLostMember(serving(shape(nodes)), nodeOf(serving(shape(nodes)), 2)).warnings];
    expect(warningsOfGroup(4)).toHaveLength(1);
    expect(warningsOfGroup(5)[1]).toMatch(/^4 members: split in two halves/);
  });
});

describe('the plan of its end', () => {
  it('closes the endpoint as ever', () => {
    expect(planDeleteCluster(serving(shape(3)))).toMatchObject({ mode: 'multi-primary', steps: [{ name: 'close-endpoint' }, { name: 'stop-nodes' }, {}, {}, {}] });
  });
});
