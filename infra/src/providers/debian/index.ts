export { DebianMachine } from './debian-machine.js';
export { ACCOUNT, DATA_DIRECTORY, ROOT_DIRECTORY } from './debian-place.js';
export { ASK_APT, offeredPackages } from './offered-packages.js';
export { packagedSoftware } from './software-table.js';
export { quoteForShell, TransportFailed, type Transport, type TransportCommand } from './transport.js';
export { exclusively, StillBusy } from './exclusively.js';
