import { createHash } from 'node:crypto';
import type { EngineNode } from '@holdfast/domain';

/** The service's name on the machine. */
export const SERVICE = 'postgresql';

/** Where everything lies, relative to the machine's data directory, so that the driver knows no absolute path. */
export const LAYOUT = {
  /** Exists only when it is complete: it is made under another name and renamed. */
  data: 'pgdata',
  /** A data directory being made (by initdb, or by a copy). Can be thrown away at any time. */
  unfinished: 'pgdata.unfinished',
  /** A data directory while pg_rewind changes it: after a kill nobody can tell its state, and a new copy replaces it. */
  rewinding: 'pgdata.rewinding',
  /** Configuration lies beside the data, never in it: neither a copy nor a rewind can bring another node's. */
  config: 'postgresql.conf',
  upstreamConfig: 'upstream.conf',
  syncConfig: 'sync.conf',
  hba: 'pg_hba.conf',
  ident: 'pg_ident.conf',
  passfile: 'passfile',
  /** The superuser's verifier for initdb; exists for the length of that call. */
  initialPassword: 'initdb-password',
  /** How this node last became a replica of which upstream: a repeated call answers the same. */
  rejoined: 'rejoined.json',
} as const;

/** Absolute path on the machine. */
export const pathOn = (node: EngineNode, relative: string): string => `${node.machine.dataDirectory.replace(/\/+$/, '')}/${relative}`;

/** `18.6` and `18` are both the major 18: programs and data directories are compatible within a major. */
export const majorOf = (version: string): number => Number.parseInt(version, 10);

const SLOT_NAME_BYTES_MAX = 63;

/**
 * The replication slot of a replica. PostgreSQL allows only lower-case letters, digits and underscores; a name that is not
 * carried over one to one gets a hash, so that two nodes can never share a slot.
 */
export const slotNameOf = (nodeName: string): string => {
  const plain = nodeName.replaceAll('-', '_');
  if (/^[a-z0-9-]+$/.test(nodeName) && plain.length <= SLOT_NAME_BYTES_MAX) return plain;
  const hash = createHash('sha256').update(nodeName).digest('hex').slice(0, 12);
  const readable = plain
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '_')
    .slice(0, SLOT_NAME_BYTES_MAX - hash.length - 1);
  return `${readable}_${hash}`;
};
