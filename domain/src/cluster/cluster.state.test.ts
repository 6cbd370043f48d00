import type { ClusterEvent } from './cluster.events.js';
import { ABSENT_CLUSTER, evolveCluster, findNode, foldCluster, primaryOf, replicasOf, servingPrimaryOf, statusWord } from './cluster.state.js';
import { acceptedOperation, activated, CLUSTER_ID, existing, failed, node, requestedCluster, reserved, servingCluster, succeeded } from './cluster.test-support.js';

const about = (ordinal: number) => ({ clusterId: CLUSTER_ID, nodeId: node(ordinal).nodeId });
const statusOf = (ordinal: number, ...more: ClusterEvent[]): unknown => findNode(existing(...servingCluster(), ...more), node(ordinal).nodeId);

describe('the life of a cluster', () => {
  it('begins with the request', () => {
    expect(existing(...requestedCluster())).toMatchObject({
      status: 'deploying',
      id: CLUSTER_ID,
      name: 'orders',
      generation: 1,
      terminationProtection: false,
      nodes: [],
      nodesEverReserved: 0,
    });
  });
  it('goes on with the deployment', () => {
    expect(existing(...servingCluster()).status).toBe('running');
  });
  it('remembers its protection', () => {
    const settings: ClusterEvent = { type: 'SettingsChanged', data: { clusterId: CLUSTER_ID, terminationProtection: true } };
    expect(existing(...servingCluster(), settings).terminationProtection).toBe(true);
  });
  it.each(['ClusterDiscarded', 'ClusterDeleted'] as const)('ends with %s: no node and no endpoint is left', (type) => {
    const cluster = existing(...servingCluster(), endpoint(), { type, data: { clusterId: CLUSTER_ID } });
    expect(cluster).toMatchObject({ status: 'deleted', nodes: [] });
    expect(cluster.endpoint).toBeUndefined();
  });
  it('is not changed by a look at its credentials', () => {
    expect(existing(...servingCluster(), { type: 'CredentialsRevealed', data: { clusterId: CLUSTER_ID } })).toEqual(existing(...servingCluster()));
  });
  it('does not begin with anything else', () => {
    expect(foldCluster([{ type: 'ClusterDeployed', data: { clusterId: CLUSTER_ID } }])).toBe(ABSENT_CLUSTER);
  });
});

describe('a fact that this version does not know', () => {
  const unknown = (type: string, data: object): ClusterEvent => ({ type, data: { clusterId: CLUSTER_ID, ...data } }) as unknown as ClusterEvent;
  it.each([
    ['of the cluster', unknown('ClusterPainted', {})],
    ['of a node', unknown('NodeDrained', { nodeId: node(2).nodeId })],
    ['of the endpoint', unknown('EndpointPainted', {})],
    ['of an operation', unknown('OperationPaused', { operationId: 'op-x' })],
  ])('%s changes nothing', (_, fact) => {
    const before = existing(...servingCluster(), endpoint(), acceptedOperation('op-x', 'add-node'));
    expect(evolveCluster(before, fact)).toEqual(before);
  });
});

describe('the life of a node', () => {
  it('is reserved, provisioned, configured, active', () => {
    const history: ClusterEvent[] = [...requestedCluster(), reserved(1)];
    const step = (event?: ClusterEvent): unknown => {
      if (event !== undefined) history.push(event);
      return findNode(existing(...history), node(1).nodeId);
    };
    expect(step()).toEqual({ id: node(1).nodeId, name: node(1).name, ordinal: 1, role: 'primary', status: 'reserved', plan: 'SMALL-1C-1G' });
    expect(step({ type: 'NodeProvisioned', data: { ...about(1), address: '127.0.0.2', port: 5432 } })).toMatchObject({
      status: 'provisioned',
      address: '127.0.0.2',
      port: 5432,
    });
    expect(step({ type: 'NodeConfigured', data: about(1) })).toMatchObject({ status: 'configured', address: '127.0.0.2' });
    expect(step(activated(1))).toMatchObject({ status: 'active' });
  });
  it('is fenced and unfenced', () => {
    const fenced: ClusterEvent = { type: 'NodeFenced', data: { ...about(1), logPosition: '0/3000060' } };
    expect(statusOf(1, fenced)).toMatchObject({ role: 'primary', status: 'fenced' });
    expect(statusOf(1, fenced, { type: 'NodeUnfenced', data: about(1) })).toMatchObject({ role: 'primary', status: 'active' });
  });
  it('hands its role over and rejoins', () => {
    const promotion: ClusterEvent[] = [
      { type: 'NodeFenced', data: { ...about(1), logPosition: '0/3000060' } },
      { type: 'NodePromoted', data: { ...about(2), demotedId: node(1).nodeId } },
    ];
    expect(statusOf(2, ...promotion)).toMatchObject({ role: 'primary', status: 'active' });
    expect(statusOf(1, ...promotion)).toMatchObject({ role: 'replica', status: 'fenced' });
    const rejoined: ClusterEvent = { type: 'NodeRejoined', data: { ...about(1), upstreamId: node(2).nodeId, way: 'as-is' } };
    expect(statusOf(1, ...promotion, rejoined)).toMatchObject({ role: 'replica', status: 'active' });
  });
  it.each(['NodeReleased', 'NodeRemoved'] as const)('ends with %s, and its ordinal is never used again', (type) => {
    const cluster = existing(...servingCluster(), { type, data: about(3) });
    expect(cluster.nodes.map((other) => other.ordinal)).toEqual([1, 2]);
    expect(cluster.nodesEverReserved).toBe(3);
  });
});

describe('the mode', () => {
  it('becomes primary-replica with the second node', () => {
    const grown = [...servingCluster({ mode: 'single', nodes: 1 }), reserved(2), activated(2)];
    expect(existing(...grown).mode).toBe('single');
    expect(existing(...grown, { type: 'NodeAdded', data: about(2) }).mode).toBe('primary-replica');
  });
  it('becomes single with the last but one removed', () => {
    expect(existing(...servingCluster({ nodes: 2 }), { type: 'NodeRemoved', data: about(2) }).mode).toBe('single');
  });
});

const endpoint = (): ClusterEvent => ({
  type: 'EndpointProvisioned',
  data: { clusterId: CLUSTER_ID, machineId: 'c-orders-1-endpoint', address: '127.0.0.9', readWritePort: 5432, readOnlyPort: 5433 },
});

describe('the endpoint', () => {
  const routed: ClusterEvent = { type: 'EndpointRouted', data: { clusterId: CLUSTER_ID, readWriteNodeId: 'a', readOnlyNodeIds: ['b', 'c'] } };
  it('is provisioned, routed, closed', () => {
    expect(existing(...servingCluster(), endpoint()).endpoint).toEqual({
      machineId: 'c-orders-1-endpoint',
      address: '127.0.0.9',
      readWritePort: 5432,
      readOnlyPort: 5433,
      readOnlyNodeIds: [],
    });
    expect(existing(...servingCluster(), endpoint(), routed).endpoint).toMatchObject({ readWriteNodeId: 'a', readOnlyNodeIds: ['b', 'c'] });
    expect(existing(...servingCluster(), endpoint(), routed, { type: 'EndpointClosed', data: { clusterId: CLUSTER_ID } }).endpoint).toBeUndefined();
  });
  it('is not made by a route', () => {
    expect(existing(...servingCluster(), routed).endpoint).toBeUndefined();
  });
});

describe('the lock', () => {
  it('is taken by an accepted operation', () => {
    const cluster = existing(...servingCluster(), acceptedOperation('op-2', 'add-node'));
    expect(cluster.busyWith).toEqual({ operationId: 'op-2', kind: 'add-node' });
    expect(cluster.operations['op-2']).toEqual({
      id: 'op-2',
      kind: 'add-node',
      requestHash: 'request of op-2',
      planHash: 'plan of op-2',
      outcome: 'running',
    });
  });
  const common = { clusterId: CLUSTER_ID, operationId: 'op-2', kind: 'add-node', durationMs: 5, step: 'verify', undone: [] } as const;
  it.each<[string, ClusterEvent]>([
    ['succeeded', succeeded('op-2', 'add-node')],
    ['failed', failed('op-2', 'add-node')],
    ['cancelled', { type: 'OperationCancelled', data: common }],
    ['undone', { type: 'OperationUndone', data: { ...common, cause: 'terminated' } }],
  ])('is freed when the operation has %s', (outcome, end) => {
    const cluster = existing(...servingCluster(), acceptedOperation('op-2', 'add-node'), end);
    expect(cluster.busyWith).toBeUndefined();
    expect(cluster.operations['op-2']?.outcome).toBe(outcome);
  });
  it('is not freed by the late end of another operation', () => {
    const cluster = existing(...servingCluster(), acceptedOperation('op-2', 'add-node'), failed('op-deploy', 'deploy-cluster'));
    expect(cluster.busyWith?.operationId).toBe('op-2');
    expect(cluster.operations['op-deploy']?.outcome).toBe('failed');
  });
  it('is not freed by the end of an operation that nobody accepted', () => {
    expect(existing(...servingCluster(), acceptedOperation('op-2', 'add-node'), succeeded('op-9', 'add-node')).busyWith?.operationId).toBe('op-2');
  });
});

describe('questions to the state', () => {
  const cluster = existing(...servingCluster());
  it('knows the primary and the replicas', () => {
    expect(primaryOf(cluster)?.id).toBe(node(1).nodeId);
    expect(replicasOf(cluster).map((replica) => replica.id)).toEqual([node(2).nodeId, node(3).nodeId]);
  });
  it('finds a node by id and by name', () => {
    expect(findNode(cluster, node(2).nodeId)?.ordinal).toBe(2);
    expect(findNode(cluster, node(3).name)?.ordinal).toBe(3);
    expect(findNode(cluster, 'pg-000000')).toBeUndefined();
  });
  it('throws where a serving cluster has no primary, since that is a bug', () => {
    expect(servingPrimaryOf(cluster).id).toBe(node(1).nodeId);
    expect(() => servingPrimaryOf(existing(...requestedCluster()))).toThrow('Cluster orders has no primary.');
  });
});

describe('the word for the state', () => {
  const histories: [string, ClusterEvent[]][] = [
    ['deploying', requestedCluster()],
    ['running', servingCluster()],
    ['changing', [...servingCluster(), acceptedOperation('op-2', 'promote-node')]],
    ['deleting', [...servingCluster(), acceptedOperation('op-2', 'delete-cluster')]],
    ['deleted', [...servingCluster(), acceptedOperation('op-2', 'delete-cluster'), { type: 'ClusterDeleted', data: { clusterId: CLUSTER_ID } }]],
  ];
  it.each(histories)('is %s', (word, history) => {
    expect(statusWord(existing(...history))).toBe(word);
  });
});
