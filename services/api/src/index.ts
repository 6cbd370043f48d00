export type { ApiDependencies } from './api-dependencies.js';
export { createApi } from './create-api.js';
export { clusterIdFor } from './clusters/cluster-id.js';
export { describeApi } from './openapi/describe-api.js';
export { PERMISSIONS } from './access/permissions.js';
export type { ReadModels } from './read-models.port.js';
export { AnswerRefused, TemporalUnavailable, type TemporalDoor } from './temporal/temporal-door.js';
export { startWith } from './temporal/start-operation.js';
export { TemporalClientDoor } from './temporal/temporal-door.adapter.js';
