import type { HostMeasures, HostProblem } from './host-check.rules.js';

/** Everything that happens to one server that somebody brought, in stream `host-{id}`. The stream is also the lock of its assignment. */
export type HostEvent =
  /** Its private key lies under `keyReference` in the Secrets; neither the key nor anything made from it is in a fact. */
  | { type: 'HostRegistered'; data: { hostId: string; address: string; port: number; user: string; keyReference: string } }
  /** The key that the server showed, as `SHA256:…`; from now on it must show this one. `replaced` is the one before, if a person let it change. */
  | { type: 'HostKeyPinned'; data: { hostId: string; fingerprint: string; replaced?: string } }
  /** It was looked at; it can be used when there are no problems. */
  | { type: 'HostChecked'; data: { hostId: string; problems: readonly HostProblem[]; measured: HostMeasures } }
  /** It serves one machine from now on, until HostFreed. */
  | { type: 'HostAssigned'; data: HostAssignment & { hostId: string } }
  /** Nothing of the machine is left on it. */
  | { type: 'HostFreed'; data: { hostId: string; machineId: string } }
  | { type: 'HostRemoved'; data: { hostId: string; /** What stayed on it when it was given up. */ left?: Pick<HostAssignment, 'machineId' | 'clusterId'> } };

/** The machine that a host serves, with the labels that its marker carries. */
export interface HostAssignment {
  readonly machineId: string;
  readonly clusterId: string;
  readonly name: string;
  readonly ports: readonly number[];
  /** RFC 3339, UTC. */
  readonly assignedAt: string;
}

export const HOST_STREAM_PREFIX = 'host-';
export const hostStream = (hostId: string): string => `${HOST_STREAM_PREFIX}${hostId}`;

/**
 * The id of the server at this address and port, so that the same server is the same stream. A colon, of an IPv6 address, becomes an
 * underscore, which no address has.
 */
export const hostIdOf = (address: string, port: number): string => `${address.toLowerCase().replaceAll(':', '_')}-${port}`;

/** What begins the references of its secrets. Ends in a slash: secrets are destroyed by prefix, and an id may begin another. */
export const hostSecretsPrefix = (hostId: string): string => `host/${hostId}/`;
