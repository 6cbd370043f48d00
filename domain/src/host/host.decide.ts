import { accept, refuse, type Decision } from '../kernel/decision.js';
import { hostIdOf, type HostAssignment, type HostEvent } from './host.events.js';
import type { Host, HostCheck, RegisteredHost } from './host.state.js';

/** What is needed to reach a server. */
export interface HostAddress {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Where its private key lies in the Secrets; another at each registration, so that one that is refused replaces nobody's key. */
  readonly keyReference: string;
}

/** A name of RFC 1123 or an IP address; the adapter's library resolves it. */
const ADDRESS = /^(?!-)[A-Za-z0-9.:-]{1,253}$/;
/** useradd(8)'s names. */
const USER = /^[a-z_][a-z0-9_-]{0,31}$/;
const PORT_MAX = 65_535;

export type HostRefusalCode = 'host-known' | 'unknown-host' | 'host-in-use' | 'host-key-changed' | 'host-key-unproven' | 'host-refused' | 'invalid-host';

export const decideRegisterHost = (host: Host, { address, port, user, keyReference }: HostAddress): Decision<HostEvent, HostRefusalCode> => {
  if (!ADDRESS.test(address)) return refuse('invalid', 'invalid-host', 'The address is neither a host name nor an IP address.');
  if (!Number.isInteger(port) || port < 1 || port > PORT_MAX) return refuse('invalid', 'invalid-host', `The port is not between 1 and ${PORT_MAX}.`);
  if (!USER.test(user)) return refuse('invalid', 'invalid-host', 'The user is not a name of a Linux user.');
  const hostId = hostIdOf(address, port);
  if (host.status === 'registered') return refuse('conflict', 'host-known', `Host ${host.id} is registered already. Remove it first to change its user or key.`, { hostId });
  return accept<HostEvent>({ type: 'HostRegistered', data: { hostId, address: address.toLowerCase(), port, user, keyReference } });
};

/**
 * The server has shown this key. The first is pinned; another is refused, unless a person has agreed to exactly that one.
 * @param agreed the fingerprint that a person has read on the server itself
 */
export const decidePinHostKey = (host: Host, fingerprint: string, agreed?: string): Decision<HostEvent, HostRefusalCode> => {
  if (host.status !== 'registered') return unknownHost();
  if (agreed !== undefined && agreed !== fingerprint) {
    return refuse('conflict', 'host-key-unproven', `Host ${host.id} shows the key ${fingerprint}, not ${agreed}.`, { shown: fingerprint });
  }
  if (host.fingerprint === fingerprint) return accept();
  if (host.fingerprint === undefined) return accept<HostEvent>({ type: 'HostKeyPinned', data: { hostId: host.id, fingerprint } });
  if (agreed === undefined) return refuse('conflict', 'host-key-changed', hostKeyChanged(host.id, host.fingerprint, fingerprint), { pinned: host.fingerprint, shown: fingerprint });
  return accept<HostEvent>({ type: 'HostKeyPinned', data: { hostId: host.id, fingerprint, replaced: host.fingerprint } });
};

/** Says both keys and what to do. */
export const hostKeyChanged = (hostId: string, pinned: string, shown: string): string =>
  `Host ${hostId} shows the key ${shown}, and ${pinned} was pinned: it was installed anew, or somebody stands between. Nothing was sent to it. ` +
  `Read its key on the server itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), and if it is that one: holdfast hosts check ${hostId} --accept-key ${shown}.`;

/**
 * What was found; `owner` is this installation. A host that was given away while somebody else looked at it carries the marker of
 * the machine that it serves now: that is no problem, which would still be told when the host is free again.
 */
export const decideRecordCheck = (host: Host, { problems, measured }: HostCheck, owner: string): Decision<HostEvent, HostRefusalCode> => {
  if (host.status !== 'registered') return unknownHost();
  const { assignment } = host;
  const servesIt = assignment !== undefined && measured.marker?.machineId === assignment.machineId && measured.marker.owner === owner;
  const own = servesIt ? problems.filter(({ code }) => code !== 'host-taken') : problems;
  return accept<HostEvent>({ type: 'HostChecked', data: { hostId: host.id, problems: own, measured } });
};

/** One machine for one host. The same assignment again changes nothing. */
export const decideAssignHost = (host: Host, assignment: HostAssignment): Decision<HostEvent, HostRefusalCode> => {
  if (host.status !== 'registered') return unknownHost();
  if (host.assignment?.machineId === assignment.machineId) return accept();
  if (host.assignment !== undefined) return refuse('conflict', 'host-in-use', servesAlready(host, host.assignment));
  if (host.check === undefined || host.check.problems.length > 0) {
    return refuse('conflict', 'host-refused', `Host ${host.id} cannot be used: ${host.check?.problems.map(({ detail }) => detail).join(' ') ?? 'it was not checked yet.'}`);
  }
  return accept<HostEvent>({ type: 'HostAssigned', data: { hostId: host.id, ...assignment } });
};

/** Nothing to do where it does not serve that machine. */
export const decideFreeHost = (host: Host, machineId: string): Decision<HostEvent, HostRefusalCode> => {
  if (host.status !== 'registered' || host.assignment?.machineId !== machineId) return accept();
  return accept<HostEvent>({ type: 'HostFreed', data: { hostId: host.id, machineId } });
};

/**
 * @param isLost a person says that the server is gone for good: what is on it is given up
 * @param isWanted whether its cluster knows the machine that it serves
 */
export const decideRemoveHost = (host: Host, { isLost, isWanted }: { readonly isLost: boolean; readonly isWanted: boolean }): Decision<HostEvent, HostRefusalCode> => {
  if (host.status !== 'registered') return unknownHost();
  if (host.assignment === undefined) return accept<HostEvent>({ type: 'HostRemoved', data: { hostId: host.id } });
  const { machineId, clusterId } = host.assignment;
  if (isWanted) return refuse('conflict', 'host-in-use', `${servesAlready(host, host.assignment)} Remove the node first.`, { clusterId });
  if (isLost) return accept<HostEvent>({ type: 'HostRemoved', data: { hostId: host.id, left: { machineId, clusterId } } });
  const detail = `${servesAlready(host, host.assignment)} The cluster does not know it any more: it is cleaned when the host answers. If that is gone for good, remove it as lost (--lost); what is on it stays there.`;
  return refuse('conflict', 'host-in-use', detail, { clusterId });
};

const servesAlready = (host: RegisteredHost, { machineId, clusterId }: HostAssignment): string => `Host ${host.id} serves machine ${machineId} of cluster ${clusterId}.`;
const unknownHost = (): { accepted: false; refusal: { kind: 'not-found'; code: 'unknown-host'; detail: string } } => ({
  accepted: false,
  refusal: { kind: 'not-found', code: 'unknown-host', detail: 'There is no such host.' },
});
