export * from './activity-context.js';
export * from './cluster-activities.js';
export * from './endpoint-activities.js';
export * from './engine-activities.js';
export * from './failures.js';
export * from './journal-activities.js';
export * from './machine-activities.js';
export * from './operation-workflow.js';
