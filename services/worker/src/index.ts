export { DispatchTable } from './dispatch-table.js';
export { Dispatching, type DispatchingParts } from './dispatching.js';
export { MachineReaper } from './machine-reaper.js';
export { Reconciler } from './reconciler.js';
export { installRuntime, runTemporalWorker, type TemporalWorkerParts } from './temporal-worker.js';
export { wire, type Wiring } from './wiring.js';
