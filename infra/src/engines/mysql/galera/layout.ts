import type { EngineNode } from '@holdfast/domain';
import { LAYOUT } from '../layout.js';

/** Where a member's own files lie, relative to the machine's data directory; data, configuration and accounts lie where every server has them. */
export const GROUP_LAYOUT = {
  /** Who belongs to the group; the server's configuration is rendered from it, and only the driver writes it. */
  members: 'group.json',
  starter: 'start-member.sh',
  /** What the server and the scripts of a state transfer write besides the data. */
  transfer: 'transfer',
  /** Galera's own note of how far this member came (https://galeracluster.com/library/documentation/crash-recovery.html). */
  state: `${LAYOUT.data}/grastate.dat`,
} as const;

/** Its ports, as Galera's documents have them (https://mariadb.com/kb/en/configuring-mariadb-galera-cluster/#network-ports); the catalogue reserves them. */
export const GROUP_PORT = 4567;
export const INCREMENT_PORT = 4568;
export const TRANSFER_PORT = 4444;

/** Another member, as the group knows it. */
export interface Peer {
  readonly name: string;
  readonly host: string;
}

/** What a node knows of its group, also after its restart. */
export interface Membership {
  /** The whole group as it shall be, the node itself included. */
  readonly members: readonly Peer[];
  /** This node begins the group when it is started: no other member runs, and none has more. */
  readonly begins?: true;
}

/** Undefined on a node that never belonged to a group. */
export const membershipOf = async ({ machine }: EngineNode): Promise<Membership | undefined> =>
  (await machine.fileExists(GROUP_LAYOUT.members)) ? (JSON.parse(await machine.readFile(GROUP_LAYOUT.members)) as Membership) : undefined;

export const peersOf = (members: readonly EngineNode[]): Peer[] => members.map(({ name, machine }) => ({ name, host: machine.address }));

/** Where the group's own protocol reaches a member. */
export const groupAddress = ({ host }: Pick<Peer, 'host'>): string => `tcp://${host}:${GROUP_PORT}`;
