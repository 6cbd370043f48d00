import type { ClusterActivities, EndpointActivities, EngineActivities, MachineActivities } from '../contracts/index.js';

/**
 * Longest run of one try of each activity. A step's deadline bounds all tries together; these bound one that hangs while its
 * worker lives, so they are generous where data is copied.
 */
type StartToClose<A> = Readonly<Record<keyof A, string>>;

export const MACHINE_TIMEOUTS: StartToClose<MachineActivities> = {
  provisionNode: '10m',
  provisionEndpoint: '10m',
  destroyNode: '10m',
  destroyEndpoint: '10m',
};

export const ENGINE_TIMEOUTS: StartToClose<EngineActivities> = {
  installEngine: '15m',
  startPrimary: '5m',
  reserveReplicas: '1m',
  releaseReplicas: '1m',
  cloneReplica: '12h',
  startReplica: '2h',
  applySyncPolicy: '1m',
  verifyReplication: '2m',
  preflightPromotion: '1m',
  prepareSwitchover: '5m',
  fencePrimary: '1m',
  unfencePrimary: '2m',
  waitForLogPosition: '1m',
  promote: '1m',
  retreatFromPromotion: '1m',
  restoreCandidate: '12h',
  repointReplicas: '2m',
  rejoinAsReplica: '12h',
  stopNode: '5m',
  startNode: '5m',
};

export const ENDPOINT_TIMEOUTS: StartToClose<EndpointActivities> = { openEndpoint: '2m', routeEndpoint: '30s', closeEndpoint: '1m' };

export const CLUSTER_TIMEOUTS: StartToClose<ClusterActivities> = { recordFacts: '30s', destroySecrets: '30s' };
