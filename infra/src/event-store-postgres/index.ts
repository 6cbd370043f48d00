export { createPool, PostgresEventStore } from './event-store-postgres.adapter.js';
export type { Upcasters } from './upcasters.js';
