export { PostgresEventStore } from './event-store-postgres.adapter.js';
export { createPool } from './pool.js';
export type { Upcasters } from './upcasters.js';
