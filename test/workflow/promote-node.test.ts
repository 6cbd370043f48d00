import { LOG_POSITION } from './fakes/fake-activities.js';
import { describeRunbook } from './runbook-suite.js';

describe('promote-node', () =>
  describeRunbook({
    kind: 'promote-node',
    does: {
      preflight: ['preflightPromotion(n2, n1)'],
      'reserve-replicas': ['reserveReplicas(n2, n3 n1)'],
      'prepare-switchover': ['prepareSwitchover(n2, n1)'],
      'fence-primary': ['routeEndpoint(rw held, ro n2 n3)', 'fencePrimary(n1)'],
      'wait-for-log': [`waitForLogPosition(n2, ${LOG_POSITION})`],
      promote: ['promote(n2)'],
      'switch-endpoint': ['routeEndpoint(rw n2, ro n3)', 'recordFacts(NodePromoted)'],
      'repoint-replicas': ['repointReplicas(n2, n3)'],
      'rejoin-old-primary': ['rejoinAsReplica(n1, n2)'],
      verify: ['verifyReplication(n2, n3 n1)'],
      publish: ['routeEndpoint(rw n2, ro n3 n1)'],
    },
    undoes: {
      'reserve-replicas': ['restoreCandidate(n2, n1, n3 n1)'],
      'fence-primary': ['unfencePrimary(n1)', 'routeEndpoint(rw n1, ro n2 n3)'],
      promote: ['retreatFromPromotion(n2)'],
    },
  }));
