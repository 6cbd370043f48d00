export { createActivities, type ActivityPorts, type AllActivities } from './activities.js';
export type { SignatureCheck } from './journal.activities.js';
export { activityInterceptors } from './lib/activity.interceptor.js';
export { factId } from './lib/deterministic-uuid.js';
export type { Drivers, EngineDrivers, EngineRegistry, ProviderRegistry } from './lib/registries.js';
export { presentable } from './lib/redact.js';
export { toApplicationFailure } from './lib/to-application-failure.js';
