export { EndpointNotServing, HaproxyEndpoint } from './haproxy-endpoint.adapter.js';
export { InvalidRouting, REPLICA_SLOTS } from './routing-state.js';
