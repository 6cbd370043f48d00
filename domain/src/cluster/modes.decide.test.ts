import type { AddNodeInput, DeployClusterInput, OperationRequest } from '../operation/operation-input.js';
import { deploymentFaults } from './deployment.rules.js';
import type { ClusterEvent } from './cluster.events.js';
import { evolveCluster, foldCluster, seedsOf, statusWord, type Cluster } from './cluster.state.js';
import { CLUSTER_ID, deployInput, existing, given, node, requestedCluster, reserved, reservedIn, servingCluster } from './cluster.test-support.js';
import { planDeploymentOf, planOperation, type OperationContext } from './operation.decide.js';
import { decideRecord } from './record.decide.js';
import { acceptedOperation } from './cluster.test-support.js';

const CONTEXT: OperationContext = { clusterId: CLUSTER_ID, generation: 1, offer: { engineVersions: ['18'] } };
const GROUP = { mode: 'multi-primary', nodes: 4 } as const;
const SHARDS = { mode: 'sharded', shards: 3, replicasPerShard: 1, nodes: 6 } as const;

const add = (input: AddNodeInput): OperationRequest => ({ kind: 'add-node', input });
const promote = (ordinal: number): OperationRequest => ({ kind: 'promote-node', input: { nodeId: node(ordinal).nodeId, confirm: node(ordinal).name } });
const remove = (ordinal: number, more: { wholeShard?: boolean; lost?: boolean } = {}): OperationRequest => ({
  kind: 'remove-node',
  input: { nodeId: node(ordinal).nodeId, confirm: node(ordinal).name, ...more },
});
const asked = (request: OperationRequest, shape: Partial<DeployClusterInput>, ...more: ClusterEvent[]) => planOperation(existing(...servingCluster(shape), ...more), request, CONTEXT);

describe('the size of a cluster of another mode', () => {
  // The fixtures' engine has neither mode, which is one fault of its own.
  const faults = (changes: Partial<DeployClusterInput>): [string, string][] =>
    deploymentFaults(deployInput(changes), { engineVersions: ['18'] })
      .filter((fault) => fault.code !== 'unknown-mode')
      .map((fault) => [fault.field, fault.code]);

  it.each<Partial<DeployClusterInput>>([{ ...GROUP, nodes: 3 }, GROUP, SHARDS, { ...SHARDS, replication: 'sync' }, { ...SHARDS, replicasPerShard: 0, nodes: 3 }, { ...SHARDS, shards: 5, replicasPerShard: 2, nodes: 15 }])('fits: %j', (changes) => {
    expect(faults(changes)).toEqual([]);
  });
  it.each<[string, Partial<DeployClusterInput>, [string, string][]]>([
    ['2 members', { ...GROUP, nodes: 2 }, [['nodes', 'too-few-members']]],
    ['1 member', { ...GROUP, nodes: 1 }, [['nodes', 'too-few-members']]],
    ['a synchronous group', { ...GROUP, replication: 'sync' }, [['replication', 'replication-not-in-mode']]],
    ['synchronous shards without replicas', { ...SHARDS, replication: 'sync', replicasPerShard: 0, nodes: 3 }, [['replicasPerShard', 'sync-needs-replica']]],
    ['2 shards', { ...SHARDS, shards: 2, nodes: 4 }, [['shards', 'too-few-shards']]],
    ['3.5 shards', { ...SHARDS, shards: 3.5, nodes: 7 }, [['shards', 'too-few-shards']]],
    ['shards that nobody counted', { mode: 'sharded', nodes: 6 }, [['shards', 'too-few-shards'], ['replicasPerShard', 'invalid-replica-count']]],
    ['minus one replica', { ...SHARDS, replicasPerShard: -1 }, [['replicasPerShard', 'invalid-replica-count']]],
    ['nodes that are not so many', { ...SHARDS, nodes: 7 }, [['nodes', 'invalid-node-count']]],
    ['more nodes than a cluster has', { ...SHARDS, shards: 6, replicasPerShard: 2, nodes: 18 }, [['nodes', 'invalid-node-count']]],
    ['shards of replicas', { shards: 3 }, [['shards', 'shards-not-in-mode']]],
    ['replicas of no shard', { ...GROUP, replicasPerShard: 1 }, [['replicasPerShard', 'shards-not-in-mode']]],
  ])('is refused with %s', (_, changes, expected) => {
    expect(faults(changes)).toEqual(expected);
  });
});

describe('a change of a cluster of another mode', () => {
  it.each<[string, Partial<DeployClusterInput>, OperationRequest, string]>([
    ['one member more', GROUP, add({}), 'multi-primary'],
    ['one member less', GROUP, remove(1), 'multi-primary'],
    ['one of three members that is lost', { ...GROUP, nodes: 3 }, remove(2, { lost: true }), 'multi-primary'],
    ['a replica of a shard', SHARDS, add({ shard: 2 }), 'sharded'],
    ['a shard', SHARDS, add({ newShard: true, plan: 'MEDIUM-2C-4G' }), 'sharded'],
    ['a switchover within a shard', SHARDS, promote(2), 'sharded'],
    ['one of two replicas of a shard less', { ...SHARDS, replicasPerShard: 2, nodes: 9 }, remove(2), 'sharded'],
    ['a shard less, named by its primary', { ...SHARDS, shards: 4, nodes: 8 }, remove(3, { wholeShard: true }), 'sharded'],
    ['a shard less, named by its replica', { ...SHARDS, shards: 4, nodes: 8 }, remove(4, { wholeShard: true }), 'sharded'],
    ['the end of a group', GROUP, { kind: 'delete-cluster', input: { confirm: 'orders' } }, 'multi-primary'],
    ['the end of shards', SHARDS, { kind: 'delete-cluster', input: { confirm: 'orders' } }, 'sharded'],
  ])('has a plan: %s', (_, shape, request, mode) => {
    expect(asked(request, shape)).toMatchObject({ planned: true, plan: { mode } });
  });

  it.each<[string, string, string, Partial<DeployClusterInput>, OperationRequest]>([
    ['a node of an engine that cannot add one while it serves', 'conflict', 'add-node-not-built', { engine: 'clickhouse', version: '25' }, add({})],
    ['a node of an unheard-of size', 'invalid', 'unknown-plan', SHARDS, add({ shard: 1, plan: 'HUGE' })],
    ['a member to promote', 'conflict', 'all-members-write', GROUP, promote(2)],
    ['the third member to remove', 'conflict', 'too-few-members', { ...GROUP, nodes: 3 }, remove(2)],
    ['one of two members that is lost', 'conflict', 'quorum-lost', { ...GROUP, nodes: 2 }, remove(2, { lost: true })],
    ['a lost replica', 'invalid', 'lost-not-in-mode', {}, remove(2, { lost: true })],
    ['a lost node of a shard', 'invalid', 'lost-not-in-mode', SHARDS, remove(2, { lost: true })],
    ['a lost member whose name was not typed', 'invalid', 'wrong-confirmation', GROUP, { kind: 'remove-node', input: { nodeId: node(2).nodeId, confirm: 'orders', lost: true } }],
    ['a shard for a group', 'invalid', 'shards-not-in-mode', GROUP, add({ shard: 1 })],
    ['a new shard for replicas', 'invalid', 'shards-not-in-mode', {}, add({ newShard: true })],
    ['a whole shard of a group to remove', 'invalid', 'shards-not-in-mode', GROUP, remove(1, { wholeShard: true })],
    ['a node without a shard', 'invalid', 'shard-or-new-shard', SHARDS, add({})],
    ['a shard and a new one', 'invalid', 'shard-or-new-shard', SHARDS, add({ shard: 1, newShard: true })],
    ['a shard that is not there', 'not-found', 'unknown-shard', SHARDS, add({ shard: 4 })],
    ['a shard that does not fit', 'conflict', 'too-many-nodes', { ...SHARDS, shards: 5, replicasPerShard: 2, nodes: 15 }, add({ newShard: true })],
    ['the primary of a shard to promote', 'conflict', 'already-primary', SHARDS, promote(3)],
    ['the primary of a shard to remove', 'conflict', 'node-is-primary', SHARDS, remove(3)],
    ['the last replica of a shard to remove', 'conflict', 'last-shard-replica', SHARDS, remove(4)],
    ['the third shard to remove', 'conflict', 'too-few-shards', SHARDS, remove(3, { wholeShard: true })],
  ])('is refused: %s', (_, kind, code, shape, request) => {
    expect(asked(request, shape)).toMatchObject({ planned: false, refusal: { kind, code } });
  });
  it('counts only members that serve', () => {
    const lost: ClusterEvent = { type: 'NodeProvisioned', data: { clusterId: CLUSTER_ID, nodeId: node(4).nodeId, address: '127.0.0.4', port: 1 } };
    expect(asked(remove(1), GROUP, lost)).toMatchObject({ planned: false, refusal: { code: 'too-few-members' } });
  });
  it('tells everybody what all members do', () => {
    const refusal = asked(promote(2), GROUP);
    expect(!refusal.planned && refusal.refusal.detail).toBe('All members of orders take writes; there is none to promote.');
  });
});

describe('a deployment', () => {
  it('has the plan of its mode', () => {
    expect(planDeploymentOf(CLUSTER_ID, deployInput(GROUP)).mode).toBe('multi-primary');
    expect(planDeploymentOf(CLUSTER_ID, deployInput(SHARDS)).mode).toBe('sharded');
    expect(planDeploymentOf(CLUSTER_ID, deployInput()).mode).toBeUndefined();
  });
});

describe('the state of a cluster of another mode', () => {
  const removed = (ordinal: number): ClusterEvent => ({ type: 'NodeRemoved', data: { clusterId: CLUSTER_ID, nodeId: node(ordinal).nodeId } });
  const addedTo = (shape: Partial<DeployClusterInput>, ordinal: number): ClusterEvent[] => [reservedIn(shape, ordinal), { type: 'NodeAdded', data: { clusterId: CLUSTER_ID, nodeId: node(ordinal).nodeId } }];
  it.each([GROUP, SHARDS])('stays what it is when nodes come and go: %j', (shape) => {
    const cluster = existing(...servingCluster(shape), ...addedTo(shape, shape.nodes + 1), ...[2, 3].map(removed));
    expect(cluster.mode).toBe(shape.mode);
    expect(statusWord(cluster)).toBe('running');
  });
  it('remembers how many replicas a shard gets', () => {
    expect(existing(...servingCluster(SHARDS))).toMatchObject({ replicasPerShard: 1 });
    expect(existing(...servingCluster(SHARDS)).nodes[3]).toMatchObject({ role: 'shard-replica', shard: 2, status: 'active' });
  });
  it('hands a shard over within the shard', () => {
    const promoted: ClusterEvent = { type: 'NodePromoted', data: { clusterId: CLUSTER_ID, nodeId: node(4).nodeId, demotedId: node(3).nodeId } };
    expect(existing(...servingCluster(SHARDS), promoted).nodes.map((each) => each.role)).toEqual([
      'shard-primary', 'shard-replica', 'shard-replica', 'shard-primary', 'shard-primary', 'shard-replica',
    ]);
  });
  it('knows how many slots each primary serves, and hands them over within the shard', () => {
    const data = { clusterId: CLUSTER_ID, slots: [1, 3, 5].map((ordinal) => ({ nodeId: node(ordinal).nodeId, count: ordinal })) };
    const promoted: ClusterEvent = { type: 'NodePromoted', data: { clusterId: CLUSTER_ID, nodeId: node(4).nodeId, demotedId: node(3).nodeId } };
    const after = (...events: ClusterEvent[]) => existing(...servingCluster(SHARDS), ...events).nodes.map(({ slots }) => slots);
    expect(after({ type: 'SlotsSpread', data })).toEqual([1, undefined, 3, undefined, 5, undefined]);
    expect(after({ type: 'SlotsSpread', data }, promoted)).toEqual([1, undefined, undefined, 3, 5, undefined]);
    expect(after({ type: 'SlotsSpread', data }, { type: 'SlotsSpread', data: { ...data, slots: [{ nodeId: node(1).nodeId, count: 9 }] } })).toEqual([9, ...Array.from({ length: 5 }, () => undefined)]);
  });
  it('has as seeds every node that serves, primaries first', () => {
    const placed = [1, 2, 3, 4, 5, 6].map((ordinal): ClusterEvent => ({ type: 'NodeProvisioned', data: { clusterId: CLUSTER_ID, nodeId: node(ordinal).nodeId, address: `127.0.0.${ordinal}`, port: 6379 } }));
    const joined = [1, 2, 3, 4, 5].map((ordinal): ClusterEvent => ({ type: 'ShardNodeJoined', data: { clusterId: CLUSTER_ID, nodeId: node(ordinal).nodeId } }));
    const hosts = seedsOf(existing(...servingCluster(SHARDS), ...placed, ...joined)).map(({ host }) => host);
    expect(hosts).toEqual(['127.0.0.1', '127.0.0.3', '127.0.0.5', '127.0.0.2', '127.0.0.4']);
    expect(seedsOf(existing(...servingCluster(SHARDS)))).toEqual([]);
  });
});

describe('a second primary of a shard', () => {
  const busy = [...servingCluster(SHARDS), acceptedOperation('op-2', 'promote-node')];
  const record = (event: ClusterEvent) => (cluster: Cluster) => decideRecord(cluster, 'op-2', event);
  const promotion = (nodeOrdinal: number, demoted: number): ClusterEvent => ({ type: 'NodePromoted', data: { clusterId: CLUSTER_ID, nodeId: node(nodeOrdinal).nodeId, demotedId: node(demoted).nodeId } });
  it('cannot be reserved, but one of a new shard can', () => {
    const rival = { ...reservedIn(SHARDS, 7), data: { ...(reservedIn(SHARDS, 7).data as object), shard: 2 } } as ClusterEvent;
    given(...busy).when(record(rival)).thenRefused('conflict', 'second-primary');
    given(...busy).when(record(reservedIn(SHARDS, 7))).thenAccepted(reservedIn(SHARDS, 7));
  });
  it('cannot be promoted beside the first, but in its place', () => {
    given(...busy).when(record(promotion(4, 1))).thenRefused('conflict', 'second-primary');
    given(...busy).when(record(promotion(4, 3))).thenAccepted(promotion(4, 3));
  });
  it('is none where the shard has no primary', () => {
    const history = [...requestedCluster(SHARDS), reserved(2)];
    given(...history).when((cluster: Cluster) => decideRecord(cluster, 'op-deploy', promotion(2, 1))).thenAccepted(promotion(2, 1));
    expect(evolveCluster(foldCluster(history), promotion(2, 1))).toMatchObject({ nodes: [{ role: 'shard-primary' }] });
  });
});
