export { migrateReadModels, runProjector } from './projector.js';
export { advance } from './projection-runner.js';
export { PROJECTIONS } from './projections.js';
export { rebuildProjections } from './rebuild.js';
