export { PostgresqlEngine, type PostgresqlOptions } from './postgresql.adapter.js';
export type { PostgresqlFlavour } from './flavours.js';
export type { ClientNetworks } from './server.js';
