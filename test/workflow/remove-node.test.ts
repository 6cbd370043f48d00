import { describeRunbook } from './runbook-suite.js';

describe('remove-node', () =>
  describeRunbook({
    kind: 'remove-node',
    does: {
      preflight: ['verifyReplication(n1, n3)'],
      'leave-endpoint': ['routeEndpoint(rw n1, ro n3)'],
      'leave-sync-policy': ['applySyncPolicy(n1 n3)'],
      'stop-replica': ['stopNode(n2)'],
      'release-replica': ['releaseReplicas(n1, n2)'],
      'destroy-machine': ['destroyNode(n2)'],
      publish: ['recordFacts(NodeRemoved)'],
    },
    undoes: {
      'leave-endpoint': ['routeEndpoint(rw n1, ro n2 n3)'],
      'leave-sync-policy': ['applySyncPolicy(n1 n2 n3)'],
      'stop-replica': ['startNode(n2)'],
    },
  }));
