export { SshHosts } from './hosts.js';
export { faultOfPrivateKey } from './private-key.js';
export { NoFreeHost } from './no-free-host.js';
export { DEFAULT_SSH_LIMITS, fingerprintOf, openConnection, SshConnectFailed, type SshLimits, type SshTarget } from './ssh-connection.js';
export { SshProvider, type SshProviderOptions } from './ssh-provider.adapter.js';
export { SshTransport } from './ssh-transport.js';
