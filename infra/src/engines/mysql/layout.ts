import type { EngineNode } from '@holdfast/domain';

/** The service's name on the machine. */
export const SERVICE = 'mysql';

/** Where everything lies, relative to the machine's data directory. */
export const LAYOUT = {
  data: 'data',
  config: 'server.cnf',
  /** What the node is to be; the server's configuration is rendered from it, and only the driver writes it. */
  role: 'role.json',
  /** Statements that the server runs as itself whenever it starts: the accounts of the driver. */
  accounts: 'accounts.sql',
  /** Exists while the data directory is being made or copied. */
  unfinished: 'data-unfinished',
  copy: 'copy.mbstream',
  /** What a copy needs while it is made. */
  scratch: 'copy-scratch',
} as const;

/** The machine's own folder for its node. Commands run in it. */
const rootOf = (node: EngineNode): string => node.machine.dataDirectory.replace(/\/+$/, '');

/** Where a server's files are, absolute on the machine. */
export interface ServerPaths {
  readonly data: string;
  readonly accounts: string;
  readonly temporary: string;
}

/**
 * Servers that start remove what they take for forgotten tables in their folder for temporary files, so no two may share one
 * (https://dev.mysql.com/doc/refman/9.7/en/multiple-servers.html); and a machine's /tmp may be memory.
 */
export const pathsOf = (node: EngineNode): ServerPaths => ({ data: pathOn(node, LAYOUT.data), accounts: pathOn(node, LAYOUT.accounts), temporary: rootOf(node) });

/** Absolute path on the machine. */
export const pathOn = (node: EngineNode, relative: string): string => `${rootOf(node)}/${relative}`;
