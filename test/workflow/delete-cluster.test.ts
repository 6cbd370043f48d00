import { describeRunbook } from './runbook-suite.js';

describe('delete-cluster', () =>
  describeRunbook({
    kind: 'delete-cluster',
    does: {
      'close-endpoint': ['closeEndpoint()'],
      'stop-nodes': ['stopNode(n2)', 'stopNode(n3)', 'stopNode(n1)'],
      'destroy-machines': ['destroyEndpoint()', 'destroyNode(n1)', 'destroyNode(n2)', 'destroyNode(n3)'],
      'destroy-secrets': ['destroySecrets()'],
      publish: ['recordFacts(ClusterDeleted)'],
    },
    undoes: {
      'close-endpoint': ['openEndpoint(rw n1, ro n2 n3)'],
      'stop-nodes': ['startNode(n1)', 'startNode(n2)', 'startNode(n3)'],
    },
  }));
