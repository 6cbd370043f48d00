export * from './read-models-postgres.js';
export * from './schema.js';
