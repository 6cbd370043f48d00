import { OPERATION_KINDS } from '../operation/operation-kind.js';
import type { OperationRequest } from '../operation/operation-input.js';
import type { ClusterEvent } from './cluster.events.js';
import { ABSENT_CLUSTER, foldCluster, type Cluster } from './cluster.state.js';
import { acceptedOperation, activated, CLUSTER_ID, deployInput, failed, given, node, requestedCluster, reserved, servingCluster } from './cluster.test-support.js';
import { NODES_MAX } from './deployment.rules.js';
import { decideOperation, findRepeat, planOperation, type OperationContext } from './operation.decide.js';

const CONTEXT: OperationContext = { clusterId: CLUSTER_ID, generation: 1, offer: { engineVersions: ['18'] } };
const IDS = { operationId: 'op-2', requestHash: 'body', planHash: 'hash' };
const DEPLOY: OperationRequest = { kind: 'deploy-cluster', input: deployInput() };
const ADD: OperationRequest = { kind: 'add-node', input: {} };
const promote = (ordinal: number, confirm = node(ordinal).name): OperationRequest => ({ kind: 'promote-node', input: { nodeId: node(ordinal).nodeId, confirm } });
const remove = (ordinal: number, confirm = node(ordinal).name): OperationRequest => ({ kind: 'remove-node', input: { nodeId: node(ordinal).nodeId, confirm } });
const remove4: OperationRequest = { kind: 'remove-node', input: { nodeId: 'pg-000000', confirm: 'pg-000000' } };
const deletion = (confirm = 'orders'): OperationRequest => ({ kind: 'delete-cluster', input: { confirm } });

/** As the command handler does it: plan, then decide. */
const ask =
  (request: OperationRequest, ids = IDS) =>
  (cluster: Cluster) => {
    const result = planOperation(cluster, request, CONTEXT);
    return result.planned ? decideOperation(cluster, request, CONTEXT, result.plan, ids) : { accepted: false as const, refusal: result.refusal };
  };

const deleted: ClusterEvent = { type: 'ClusterDeleted', data: { clusterId: CLUSTER_ID } };
const isProtected: ClusterEvent = { type: 'SettingsChanged', data: { clusterId: CLUSTER_ID, terminationProtection: true } };

describe('an accepted operation', () => {
  it.each<[string, OperationRequest, ClusterEvent[]]>([
    ['add-node', ADD, servingCluster()],
    ['add-node to a single node', ADD, servingCluster({ mode: 'single', nodes: 1 })],
    ['add-node of another size', { kind: 'add-node', input: { plan: 'MEDIUM-2C-4G' } }, servingCluster()],
    ['promote-node', promote(2), servingCluster()],
    ['promote-node by name', { kind: 'promote-node', input: { nodeId: node(2).name, confirm: node(2).name } }, servingCluster()],
    ['remove-node', remove(3), servingCluster()],
    ['remove-node of the last asynchronous replica', remove(2), servingCluster({ nodes: 2 })],
    ['remove-node of one of two synchronous replicas', remove(3), servingCluster({ replication: 'sync' })],
    ['delete-cluster', deletion(), servingCluster()],
    ['delete-cluster of a half deployed cluster', deletion(), [...requestedCluster(), reserved(1), failed('op-deploy', 'deploy-cluster')]],
  ])('%s takes the lock', (_, request, history) => {
    const cluster = given(...history).when(ask(request)).thenState();
    expect(cluster).toMatchObject({ busyWith: { operationId: 'op-2', kind: request.kind } });
  });
  it('of a deployment makes the cluster first', () => {
    const decision = ask(DEPLOY)(ABSENT_CLUSTER);
    expect(decision.accepted && decision.events.map((event) => event.type)).toEqual(['ClusterRequested', 'OperationAccepted']);
    expect(given().when(ask(DEPLOY)).thenState()).toMatchObject({ status: 'deploying', name: 'orders', busyWith: { operationId: 'op-2' } });
  });
  it('of a deployment may reuse the name of a deleted cluster', () => {
    expect(given(...servingCluster(), deleted).when(ask(DEPLOY)).thenState()).toMatchObject({ status: 'deploying' });
  });
  it('carries its input, its plan and both digests', () => {
    const decision = ask(remove(3))(foldCluster(servingCluster()));
    expect(decision).toMatchObject({
      events: [{ data: { ...IDS, clusterId: CLUSTER_ID, kind: 'remove-node', input: remove(3).input, plan: { kind: 'remove-node' } } }],
    });
  });
});

describe('a refused operation', () => {
  it.each<[string, 'invalid' | 'conflict' | 'not-found', string, OperationRequest, ClusterEvent[]]>([
    ['no such cluster', 'not-found', 'unknown-cluster', ADD, []],
    ['a deleted cluster', 'conflict', 'cluster-deleted', deletion(), [...servingCluster(), deleted]],
    ['a name in use', 'conflict', 'name-in-use', DEPLOY, servingCluster()],
    ['a size nobody has', 'invalid', 'unknown-plan', { kind: 'add-node', input: { plan: 'HUGE' } }, servingCluster()],
    ['a full cluster', 'conflict', 'too-many-nodes', ADD, servingCluster({ nodes: NODES_MAX })],
    ['an unknown node to promote', 'not-found', 'unknown-node', { kind: 'promote-node', input: { nodeId: 'pg-000000', confirm: 'pg-000000' } }, servingCluster()],
    ['a node of another cluster to promote', 'not-found', 'unknown-node', { kind: 'promote-node', input: { nodeId: 'c-bills-1-n2', confirm: 'x' } }, servingCluster()],
    ['the primary to promote', 'conflict', 'already-primary', promote(1), servingCluster()],
    ['a replica that is not active to promote', 'conflict', 'node-not-active', promote(4), [...servingCluster(), reserved(4)]],
    ['another name typed to promote', 'invalid', 'wrong-confirmation', promote(2, 'pg-2'), servingCluster()],
    ['an unknown node to remove', 'not-found', 'unknown-node', remove4, servingCluster()],
    ['the primary to remove', 'conflict', 'node-is-primary', remove(1), servingCluster()],
    ['the last synchronous replica to remove', 'conflict', 'last-sync-replica', remove(2), servingCluster({ nodes: 2, replication: 'sync' })],
    [
      'the last active synchronous replica to remove',
      'conflict',
      'last-sync-replica',
      remove(2),
      [...servingCluster({ nodes: 2, replication: 'sync' }), reserved(3)],
    ],
    ['another name typed to remove', 'invalid', 'wrong-confirmation', remove(2, 'orders'), servingCluster()],
    ['another name typed to delete', 'invalid', 'wrong-confirmation', deletion('Orders'), servingCluster()],
    ['a protected cluster to delete', 'conflict', 'termination-protected', deletion(), [...servingCluster(), isProtected]],
  ])('says %s', (_, kind, code, request, history) => {
    given(...history).when(ask(request)).thenRefused(kind, code);
  });

  it('names the operation that deploys', () => {
    const { extra } = given(...requestedCluster()).when(ask(ADD)).thenRefused('conflict', 'cluster-not-running');
    expect(extra).toEqual({ operationId: 'op-deploy' });
    expect(given(...requestedCluster()).when(ask(DEPLOY)).thenRefused('conflict', 'name-in-use').extra).toEqual({ operationId: 'op-deploy' });
  });
  it('names none where none runs', () => {
    const half = [...requestedCluster(), failed('op-deploy', 'deploy-cluster')];
    expect(given(...half).when(ask(ADD)).thenRefused('conflict', 'cluster-not-running').extra).toEqual({});
  });
  it('names the operation that holds the lock', () => {
    const busy = [...servingCluster(), acceptedOperation('op-1', 'promote-node')];
    expect(given(...busy).when(ask(ADD)).thenRefused('conflict', 'cluster-busy').extra).toEqual({ operationId: 'op-1' });
  });
  it('keeps the code of a single fault, and tells several together', () => {
    const one: OperationRequest = { kind: 'deploy-cluster', input: deployInput({ nodes: 100 }) };
    const two: OperationRequest = { kind: 'deploy-cluster', input: deployInput({ nodes: 100, engine: 'oracle' }) };
    expect(given().when(ask(one)).thenRefused('invalid', 'invalid-node-count').extra?.['errors']).toHaveLength(1);
    expect(given().when(ask(two)).thenRefused('invalid', 'invalid-request').extra?.['errors']).toHaveLength(2);
  });
  it('names the field of a wrong confirmation', () => {
    const { extra } = given(...servingCluster()).when(ask(deletion('x'))).thenRefused('invalid', 'wrong-confirmation');
    expect(extra?.['errors']).toEqual([{ field: 'confirm', code: 'wrong-confirmation', detail: 'Expected orders.' }]);
  });
});

describe('a repeated request', () => {
  const busy = [...servingCluster(), acceptedOperation('op-2', 'add-node')];
  it('is accepted without events, running or ended', () => {
    const same = { ...IDS, requestHash: 'request of op-2' };
    given(...busy).when(ask(ADD, same)).thenAccepted();
    given(...busy, failed('op-2', 'add-node')).when(ask(ADD, same)).thenAccepted();
  });
  it('is refused when the body differs', () => {
    expect(given(...busy).when(ask(ADD)).thenRefused('conflict', 'idempotency-key-reused').extra).toEqual({ operationId: 'op-2' });
  });
  it('is found before any plan is made', () => {
    expect(findRepeat(foldCluster(busy), 'op-2', 'request of op-2')).toEqual({ repeat: 'same' });
    expect(findRepeat(foldCluster(busy), 'op-2', 'another body')).toMatchObject({ repeat: 'other', refusal: { code: 'idempotency-key-reused' } });
    expect(findRepeat(foldCluster(busy), 'op-3', 'x')).toEqual({ repeat: 'none' });
    expect(findRepeat(ABSENT_CLUSTER, 'op-2', 'x')).toEqual({ repeat: 'none' });
  });
});

describe('the kinds', () => {
  it('cannot be told to do what nobody knows', () => {
    const strange = { kind: 'paint-cluster', input: {} } as unknown as OperationRequest;
    expect(() => planOperation(foldCluster(servingCluster()), strange, CONTEXT)).toThrow('Unhandled case');
  });
  it('each has a plan of its own', () => {
    const requests: OperationRequest[] = [DEPLOY, ADD, promote(2), remove(3), deletion()];
    const kinds = requests.map((request) => {
      const result = planOperation(request.kind === 'deploy-cluster' ? ABSENT_CLUSTER : foldCluster([...servingCluster(), activated(2)]), request, CONTEXT);
      return result.planned ? result.plan.kind : result.refusal.code;
    });
    expect(kinds).toEqual([...OPERATION_KINDS]);
  });
});
