import { describeRunbook } from './runbook-suite.js';

describe('deploy-cluster', () =>
  describeRunbook({
    kind: 'deploy-cluster',
    historyVersion: 2,
    does: {
      'reserve-nodes': ['recordFacts(NodeReserved NodeReserved NodeReserved)'],
      'provision-machines': ['provisionEndpoint()', 'provisionNode(n1)', 'provisionNode(n2)', 'provisionNode(n3)'],
      'install-engine': ['installEndpoint()', 'installEngine(n1)', 'installEngine(n2)', 'installEngine(n3)'],
      'start-primary': ['startPrimary(n1)'],
      'join-replicas': ['reserveReplicas(n1, n2 n3)', 'cloneReplica(n2, n1)', 'cloneReplica(n3, n1)', 'startReplica(n2, n1)', 'startReplica(n3, n1)'],
      'set-sync-policy': ['applySyncPolicy(n1 n2 n3)'],
      'open-endpoint': ['openEndpoint(rw n1, ro n2 n3)'],
      verify: ['verifyReplication(n1, n2 n3)'],
      publish: ['recordFacts(ClusterDeployed)'],
    },
    undoes: {
      'reserve-nodes': ['recordFacts(NodeReleased NodeReleased NodeReleased ClusterDiscarded)'],
      'provision-machines': ['destroyEndpoint()', 'destroyNode(n1)', 'destroyNode(n2)', 'destroyNode(n3)'],
      'start-primary': ['destroySecrets()'],
      'open-endpoint': ['closeEndpoint()'],
    },
    undoneAlways: 'reserve-nodes',
  }));
