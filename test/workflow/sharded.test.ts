import { describe } from '@jest/globals';
import { describeRunbook } from './runbook-suite.js';

/** n1, n3, n5 are the primaries of shards 1 to 3; n2, n4, n6 their replicas. */
const THREE = { mode: 'sharded', shards: 3, replicasPerShard: 1, nodes: 6 } as const;
const FOUR = { ...THREE, shards: 4, nodes: 8 } as const;
const BARE = { mode: 'sharded', shards: 3, replicasPerShard: 0, nodes: 3 } as const;
/** n1 is the primary of shard 1, n2 and n3 its replicas; and so on. */
const TWO_REPLICAS = { mode: 'sharded', shards: 3, replicasPerShard: 2, nodes: 9 } as const;
const WHOLE = 'n1(n2) n3(n4) n5(n6)';
const each = (call: string, ...nodes: number[]): string[] => nodes.map((node) => `${call}(n${node})`);
const facts = (type: string, count: number): string => `recordFacts(${Array.from({ length: count }, () => type).join(' ')})`;

describe('a sharded cluster:', () => {
  describe('deploy-cluster', () =>
    describeRunbook({
      kind: 'deploy-cluster',
      other: { name: 'sharded', shapes: [THREE, BARE, TWO_REPLICAS] },
      does: {
        'reserve-nodes': [facts('NodeReserved', 6)],
        'provision-machines': each('provisionNode', 1, 2, 3, 4, 5, 6),
        'install-engine': each('installEngine', 1, 2, 3, 4, 5, 6),
        'start-nodes': each('startEmptyNode', 1, 2, 3, 4, 5, 6),
        'form-cluster': [`formCluster(${WHOLE})`],
        verify: [`verifyShards(${WHOLE})`],
        publish: ['recordFacts(ClusterDeployed)'],
      },
      undoes: {
        'reserve-nodes': [`${facts('NodeReleased', 6).slice(0, -1)} ClusterDiscarded)`],
        'provision-machines': each('destroyNode', 1, 2, 3, 4, 5, 6),
        'start-nodes': ['destroySecrets()'],
      },
      undoneAlways: 'reserve-nodes',
    }));

  describe('add-node: a replica', () =>
    describeRunbook({
      kind: 'add-node',
      other: { name: 'shard-replica', shapes: [THREE, BARE], input: { shard: 2 } },
      does: {
        'reserve-nodes': ['recordFacts(NodeReserved)'],
        'provision-machines': ['provisionNode(n7)'],
        'install-engine': ['installEngine(n7)'],
        'start-nodes': ['startEmptyNode(n7)'],
        'attach-replica': ['attachReplica(n7, n3)'],
        verify: ['verifyShards(n1(n2) n3(n4 n7) n5(n6))'],
        publish: ['recordFacts(NodeAdded)'],
      },
      undoes: {
        'reserve-nodes': ['recordFacts(NodeReleased)'],
        'provision-machines': ['destroyNode(n7)'],
        'attach-replica': ['forgetNodes(n7, n1 n2 n3 n4 n5 n6)'],
      },
    }));

  describe('add-node: a shard', () =>
    describeRunbook({
      kind: 'add-node',
      other: { name: 'shard', shapes: [THREE, BARE], input: { newShard: true } },
      does: {
        'reserve-nodes': [facts('NodeReserved', 2)],
        'provision-machines': each('provisionNode', 7, 8),
        'install-engine': each('installEngine', 7, 8),
        'start-nodes': each('startEmptyNode', 7, 8),
        'attach-replicas': ['attachReplica(n8, n7)'],
        'move-slots': ['moveSlotsTo(n7, n1 n3 n5)'],
        verify: [`verifyShards(${WHOLE} n7(n8))`],
        publish: [facts('NodeAdded', 2)],
      },
      undoes: {
        'reserve-nodes': [facts('NodeReleased', 2)],
        'provision-machines': each('destroyNode', 7, 8),
        'move-slots': ['drainShard(n7, n1 n3 n5)', 'forgetNodes(n7 n8, n1 n2 n3 n4 n5 n6)'],
      },
    }));

  describe('remove-node: a replica', () =>
    describeRunbook({
      kind: 'remove-node',
      other: { name: 'shard-replica', shapes: [TWO_REPLICAS, { ...TWO_REPLICAS, shards: 4, nodes: 12 }] },
      does: {
        preflight: ['verifyShards(n1(n3) n4(n5 n6) n7(n8 n9))'],
        'leave-shard': ['forgetNodes(n2, n1 n3 n4 n5 n6 n7 n8 n9)'],
        'destroy-machines': ['destroyNode(n2)'],
        publish: ['recordFacts(NodeRemoved)'],
      },
      undoes: { 'leave-shard': ['attachReplica(n2, n1)'] },
    }));

  describe('remove-node: a shard', () =>
    describeRunbook({
      kind: 'remove-node',
      other: { name: 'shard', shapes: [FOUR, { ...FOUR, replicasPerShard: 0, nodes: 4 }], target: 3, input: { wholeShard: true } },
      does: {
        preflight: [`verifyShards(${WHOLE} n7(n8))`],
        'drain-shard': ['drainShard(n3, n1 n5 n7)'],
        'forget-nodes': ['forgetNodes(n3 n4, n1 n2 n5 n6 n7 n8)'],
        'destroy-machines': each('destroyNode', 3, 4),
        publish: [facts('NodeRemoved', 2)],
      },
      undoes: { 'drain-shard': ['spreadSlots(n1 n3 n5 n7)'] },
    }));

  describe('promote-node', () =>
    describeRunbook({
      kind: 'promote-node',
      other: { name: 'sharded', shapes: [THREE, TWO_REPLICAS] },
      does: {
        preflight: [`verifyShards(${WHOLE}, n2(n1) n3(n4) n5(n6))`],
        'take-over': ['takeShardOver(n2, n1)'],
        publish: ['recordFacts(NodePromoted)'],
        verify: ['verifyShards(n2(n1) n3(n4) n5(n6))'],
      },
      undoes: { 'take-over': ['takeShardOver(n1, n2)'] },
    }));

  describe('delete-cluster', () =>
    describeRunbook({
      kind: 'delete-cluster',
      other: { name: 'sharded', shapes: [THREE, BARE] },
      does: {
        'stop-nodes': each('stopNode', 1, 2, 3, 4, 5, 6),
        'destroy-machines': ['destroyEndpoint()', ...each('destroyNode', 1, 2, 3, 4, 5, 6)],
        'destroy-secrets': ['destroySecrets()'],
        publish: ['recordFacts(ClusterDeleted)'],
      },
      undoes: { 'stop-nodes': each('startNode', 1, 2, 3, 4, 5, 6) },
    }));
});
