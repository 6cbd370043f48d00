import { createHash } from 'node:crypto';
import type { EngineCredentials, EngineNode } from '@holdfast/domain';

/** Who belongs to the group; the server's configuration is rendered from it, and only the driver writes it. */
export const MEMBERS_FILE = 'group.json';

/** The port of the group's own protocol, as MySQL's documents have it; the catalogue reserves it. */
export const GROUP_PORT = 33_061;

/**
 * Machines of the local provider have loopback addresses, and the plugin takes no address that no network interface carries, which
 * of these is 127.0.0.1 alone. It also listens on all addresses. So there each member has a port of its own, below those that the
 * kernel gives away (https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html, ip_local_port_range).
 */
const LOOPBACK = { host: '127.0.0.1', firstPort: 10_000, ports: 20_000 } as const;

/** Another member, as the group knows it. */
export interface Peer {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** What a node knows of its group, also after its restart. */
export interface Membership {
  /** The whole group as it shall be, the node itself included. */
  readonly members: readonly Peer[];
  /**
   * `founding`: it begins a new group when the driver tells it. `held`: it had a group and joins none by itself until the driver has
   * compared all. `new`: it has a copy of its group's data and was not in sync yet. `member`: it joins by itself whenever its server starts.
   */
  readonly stage: 'founding' | 'held' | 'new' | 'member';
}

/** Undefined on a node that never belonged to a group. */
export const membershipOf = async ({ machine }: EngineNode): Promise<Membership | undefined> =>
  (await machine.fileExists(MEMBERS_FILE)) ? (JSON.parse(await machine.readFile(MEMBERS_FILE)) as Membership) : undefined;

export const peersOf = (members: readonly EngineNode[]): Peer[] => members.map(({ name, machine, port }) => ({ name, host: machine.address, port }));

/** Host and port where the group's own protocol reaches a member. */
export const groupAddress = ({ host }: Pick<Peer, 'host'>): { readonly host: string; readonly port: number } => {
  if (!host.startsWith('127.')) return { host, port: GROUP_PORT };
  const number = host.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return { host: LOOPBACK.host, port: LOOPBACK.firstPort + (number % LOOPBACK.ports) };
};

/**
 * A UUID, the same on all members and on no others: a server that was given a former member's address cannot come in by mistake. Made
 * from the cluster's generated replication password, and tells nothing of it.
 */
export const groupName = ({ replication }: EngineCredentials): string => {
  const digest = createHash('sha256').update(`holdfast group ${replication.password}`).digest('hex');
  // Version 8 of RFC 9562: made in a way of one's own.
  return [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`, `8${digest.slice(17, 20)}`, digest.slice(20, 32)].join('-');
};
