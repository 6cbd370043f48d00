import type { ClusterNode } from '@holdfast/domain';
import type { RowConnection } from '../../../services/cli/src/demo/row-connection.js';

/** A server, and who asks it. */
export interface ServerTarget {
  readonly node: ClusterNode;
  /** All nodes of its cluster, itself too. */
  readonly members: readonly ClusterNode[];
  readonly superuser: { readonly user: string; readonly password: string };
}

/** A write that takes longer counts as broken: a disk may be busy for seconds with what a copy writes. */
export const WRITE_MS = 10_000;

/** What a server says of itself, in the same words whatever its engine. */
export interface ServerSays {
  readonly role: 'primary' | 'replica';
  /** Names of those who stream from it, sorted. */
  readonly feeds: readonly string[];
  /** What it keeps for a replica that does not stream from it (slots, users), sorted. */
  readonly keptForNobody: readonly string[];
}

/** How tests look behind one family of engines, with a client library and without Holdfast's driver. */
export interface ServerAsker {
  ask(target: ServerTarget): Promise<ServerSays>;
  /** Of whoever answers behind an address, asked as the application. */
  roleBehind(url: string): Promise<'primary' | 'replica'>;
  /** For the writing client: as the application, through an address. */
  connect(url: string, table: string): Promise<RowConnection>;
  /** How many rows of that table one node itself has. */
  countRows(target: ServerTarget, table: string): Promise<number>;
}

export const addressOf = ({ node }: ServerTarget): { host: string; port: number } => {
  if (node.address === undefined || node.port === undefined) throw new Error(`${node.name} has no address.`);
  return { host: node.address, port: node.port };
};
