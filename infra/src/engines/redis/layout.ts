import type { EngineNode } from '@holdfast/domain';

/** The service's name on the machine. */
export const SERVICE = 'redis';

/** Where everything lies, relative to the machine's data directory. */
export const LAYOUT = {
  /** The append-only file and what replication receives. */
  data: 'data',
  config: 'server.conf',
  /** Which role the node has: the server reads it when it starts, and only the driver writes it. */
  role: 'role.conf',
  sync: 'sync.conf',
  users: 'users.acl',
  /** Exists while the first copy of an upstream's data is not complete. */
  unfinished: 'copy-unfinished',
} as const;

/** Absolute path on the machine. */
export const pathOn = (node: EngineNode, relative: string): string => `${node.machine.dataDirectory.replace(/\/+$/, '')}/${relative}`;
