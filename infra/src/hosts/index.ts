export { HostLedger, type HostHistory } from './host-ledger.js';
export { EventStoreHostRegistry } from './host-registry.adapter.js';
