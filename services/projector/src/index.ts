export { migrateReadModels } from '@holdfast/infra/read-models';
export type { Projection } from './projection.js';
export { runProjector } from './projector.js';
export { advance, type Turn } from './projection-runner.js';
export { PROJECTIONS } from './projections.js';
export { rebuildProjections, type RebuildResult } from './rebuild.js';
