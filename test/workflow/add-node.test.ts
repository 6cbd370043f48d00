import { describeRunbook } from './runbook-suite.js';

describe('add-node', () =>
  describeRunbook({
    kind: 'add-node',
    does: {
      'reserve-node': ['recordFacts(NodeReserved)'],
      'provision-machine': ['provisionNode(n4)'],
      'install-engine': ['installEngine(n4)'],
      'clone-data': ['reserveReplicas(n1, n4)', 'cloneReplica(n4, n1)'],
      'catch-up': ['startReplica(n4, n1)'],
      'set-sync-policy': ['applySyncPolicy(n1 n2 n3 n4)'],
      verify: ['verifyReplication(n1, n4)'],
      publish: ['routeEndpoint(rw n1, ro n2 n3 n4)', 'recordFacts(NodeAdded)'],
    },
    undoes: {
      'reserve-node': ['recordFacts(NodeReleased)'],
      'provision-machine': ['destroyNode(n4)'],
      'clone-data': ['releaseReplicas(n1, n4)'],
      'set-sync-policy': ['applySyncPolicy(n1 n2 n3)'],
    },
  }));
