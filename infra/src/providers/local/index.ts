export { LocalProvider, type LocalProviderOptions } from './local-provider.adapter.js';
export { DEFAULT_ADDRESS_RANGE, type AddressRange } from './loopback-addresses.js';
export type { UserIds } from './machine-place.js';
export { StillBusy } from '../debian/exclusively.js';
