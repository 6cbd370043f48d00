import type { ClusterActivities, EndpointActivities, EngineActivities, GroupActivities, MachineActivities, ShardActivities } from '../contracts/index.js';

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

export const GROUP_TIMEOUTS: StartToClose<GroupActivities> = {
  bootstrapGroup: '5m',
  joinGroup: '12h',
  rememberMembers: '2m',
  leaveGroup: '5m',
  verifyGroup: '2m',
  preflightLeave: '1m',
  preflightLost: '2m',
  forgetLost: '2m',
  startGroup: '12h',
};

export const SHARD_TIMEOUTS: StartToClose<ShardActivities> = {
  startEmptyNode: '5m',
  formCluster: '10m',
  attachReplica: '12h',
  moveSlotsTo: '24h',
  drainShard: '24h',
  spreadSlots: '24h',
  forgetNodes: '2m',
  takeShardOver: '1m',
  verifyShards: '2m',
};

export const ENDPOINT_TIMEOUTS: StartToClose<EndpointActivities> = { installEndpoint: '15m', openEndpoint: '2m', routeEndpoint: '30s', closeEndpoint: '1m' };

export const CLUSTER_TIMEOUTS: StartToClose<ClusterActivities> = { recordFacts: '30s', destroySecrets: '30s' };
