import { describe } from '@jest/globals';
import { describeRunbook } from './runbook-suite.js';

const FOUR = { mode: 'multi-primary', nodes: 4 } as const;
const THREE = { mode: 'multi-primary', nodes: 3 } as const;

describe('a group in which every node takes writes:', () => {
  describe('deploy-cluster', () =>
    describeRunbook({
      kind: 'deploy-cluster',
      historyVersion: 2,
      other: { name: 'multi-primary', shapes: [THREE, FOUR] },
      does: {
        'reserve-nodes': ['recordFacts(NodeReserved NodeReserved NodeReserved)'],
        'provision-machines': ['provisionEndpoint()', 'provisionNode(n1)', 'provisionNode(n2)', 'provisionNode(n3)'],
        'install-engine': ['installEndpoint()', 'installEngine(n1)', 'installEngine(n2)', 'installEngine(n3)'],
        'bootstrap-group': ['bootstrapGroup(n1, n1 n2 n3)'],
        'join-members': ['joinGroup(n2, n1 n2 n3)', 'joinGroup(n3, n1 n2 n3)'],
        'open-endpoint': ['openEndpoint(rw n1, ro n2 n3)'],
        verify: ['verifyGroup(n1 n2 n3)'],
        publish: ['recordFacts(ClusterDeployed)'],
      },
      undoes: {
        'reserve-nodes': ['recordFacts(NodeReleased NodeReleased NodeReleased ClusterDiscarded)'],
        'provision-machines': ['destroyEndpoint()', 'destroyNode(n1)', 'destroyNode(n2)', 'destroyNode(n3)'],
        'bootstrap-group': ['destroySecrets()'],
        'open-endpoint': ['closeEndpoint()'],
      },
      undoneAlways: 'reserve-nodes',
    }));

  describe('add-node', () =>
    describeRunbook({
      kind: 'add-node',
      other: { name: 'multi-primary', shapes: [THREE, FOUR] },
      does: {
        'reserve-nodes': ['recordFacts(NodeReserved)'],
        'provision-machines': ['provisionNode(n4)'],
        'install-engine': ['installEngine(n4)'],
        'remember-member': ['rememberMembers(n1 n2 n3, n1 n2 n3 n4)'],
        'join-group': ['joinGroup(n4, n1 n2 n3 n4)'],
        verify: ['verifyGroup(n1 n2 n3 n4)'],
        publish: ['routeEndpoint(rw n1, ro n2 n3 n4)', 'recordFacts(NodeAdded)'],
      },
      undoes: {
        'reserve-nodes': ['recordFacts(NodeReleased)'],
        'provision-machines': ['destroyNode(n4)'],
        'remember-member': ['rememberMembers(n1 n2 n3, n1 n2 n3)'],
        'join-group': ['leaveGroup(n4)'],
      },
    }));

  // The member to which the read-write address leads: the next one takes its place first.
  describe('remove-node', () =>
    describeRunbook({
      kind: 'remove-node',
      other: { name: 'multi-primary', shapes: [FOUR, { ...FOUR, nodes: 5 }], target: 1 },
      does: {
        preflight: ['preflightLeave(n2 n3 n4)'],
        'leave-endpoint': ['routeEndpoint(rw n2, ro n3 n4)'],
        'leave-group': ['leaveGroup(n1)'],
        'forget-member': ['rememberMembers(n2 n3 n4, n2 n3 n4)'],
        'destroy-machine': ['destroyNode(n1)'],
        publish: ['recordFacts(NodeRemoved)'],
      },
      undoes: {
        'leave-endpoint': ['routeEndpoint(rw n1, ro n2 n3 n4)'],
        'leave-group': ['joinGroup(n1, n1 n2 n3 n4)'],
      },
    }));

  describe('remove-node of a member that is lost', () =>
    describeRunbook({
      kind: 'remove-node',
      other: { name: 'lost-member', shapes: [THREE, FOUR], target: 1, input: { lost: true } },
      does: {
        preflight: ['preflightLost(n1, n2 n3)'],
        'leave-endpoint': ['routeEndpoint(rw n2, ro n3)'],
        'forget-member': ['forgetLost(n2 n3)'],
        'destroy-machine': ['destroyNode(n1)'],
        publish: ['recordFacts(NodeRemoved)'],
      },
      undoes: { 'leave-endpoint': ['routeEndpoint(rw n1, ro n2 n3)'] },
    }));

  describe('delete-cluster', () =>
    describeRunbook({
      kind: 'delete-cluster',
      other: { name: 'multi-primary', shapes: [THREE, FOUR] },
      does: {
        'close-endpoint': ['closeEndpoint()'],
        'stop-nodes': ['stopNode(n1)', 'stopNode(n2)', 'stopNode(n3)'],
        'destroy-machines': ['destroyEndpoint()', 'destroyNode(n1)', 'destroyNode(n2)', 'destroyNode(n3)'],
        'destroy-secrets': ['destroySecrets()'],
        publish: ['recordFacts(ClusterDeleted)'],
      },
      undoes: {
        'close-endpoint': ['openEndpoint(rw n1, ro n2 n3)'],
        'stop-nodes': ['startGroup(n1 n2 n3)'],
      },
    }));
});
