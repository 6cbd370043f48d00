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

/** Absolute path on the machine. */
export const pathOn = (node: EngineNode, relative: string): string => `${node.machine.dataDirectory.replace(/\/+$/, '')}/${relative}`;
