import type { SyncPolicy } from '@holdfast/domain';
import { NotASyncPolicy } from '../../engine-support/node-errors.js';

const MIB = 1024 * 1024;

/** How long a replica may be silent and still count as one that has what was written. Replicas confirm once a second. */
export const SYNC_LAG_SECONDS_MAX = 3;

export interface ConfigSource {
  readonly address: string;
  readonly port: number;
  readonly memoryBytes: number;
  readonly paths: { readonly data: string; readonly users: string; readonly includes: readonly string[] };
  /** Whom this node connects to an upstream as. */
  readonly replication: { readonly user: string; readonly password: string };
  /** A member of a cluster that spreads its data over shards. */
  readonly sharded: boolean;
}

/** A word of the configuration file: within double quotes, backslashes and quotes are escaped, and nothing else has a meaning. */
export const quoteWord = (word: string): string => {
  if (/[\r\n\0]/.test(word)) throw new Error('A setting cannot hold a line break.');
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
};

/**
 * A quarter is left for copies made while the server writes its file anew or feeds a new replica, and for clients' buffers: the
 * share that managed services reserve (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/redis-memory-management.html).
 */
const dataBytesMax = (memoryBytes: number): number => Math.floor(memoryBytes * 0.75);

/** Kept for replicas that were away for a moment: a sixteenth of the memory, between the server's default and half a gigabyte. */
const backlogBytes = (memoryBytes: number): number => Math.floor(Math.min(Math.max(memoryBytes / 16, MIB), 512 * MIB));

/**
 * A shard whose nodes are all gone does not keep the others from serving. Replicas stay where they are: who copies whom is decided by
 * operations. A primary is given up after 5 s without an answer, and its replica takes over by itself.
 */
const clusterSettings = (address: string, port: number): string => `
cluster-enabled yes
cluster-config-file nodes.conf
cluster-announce-ip ${address}
cluster-announce-port ${port}
cluster-node-timeout 5000
cluster-require-full-coverage no
cluster-allow-replica-migration no
`;

/** Settings: https://valkey.io/topics/valkey.conf/ */
export const renderConfig = ({ address, port, memoryBytes, paths, replication, sharded }: ConfigSource): string => `# Written by Holdfast.
bind ${address}
bind-source-addr ${address}
port ${port}
protected-mode yes
tcp-keepalive 60
daemonize no
logfile ""
dir ${quoteWord(paths.data)}
aclfile ${quoteWord(paths.users)}

# Every write is in the file within a second; snapshots besides would only cost memory.
appendonly yes
appendfsync everysec
save ""

maxmemory ${dataBytesMax(memoryBytes)}
maxmemory-policy noeviction

# An address that others reach: where all nodes are on one computer, the connection does not tell it.
replica-announce-ip ${address}
replica-announce-port ${port}
masteruser ${quoteWord(replication.user)}
masterauth ${quoteWord(replication.password)}
replica-read-only yes
repl-diskless-sync yes
repl-diskless-sync-delay 0
repl-backlog-size ${backlogBytes(memoryBytes)}
# Never given up: a primary without replicas would begin a new history, and they could not go on where they were.
repl-backlog-ttl 0
${sharded ? clusterSettings(address, port) : ''}
${paths.includes.map((path) => `include ${quoteWord(path)}`).join('\n')}
`;

const replicasRequired = (required: number): readonly (readonly [string, string])[] => [
  ['min-replicas-to-write', String(required)],
  ['min-replicas-max-lag', String(SYNC_LAG_SECONDS_MAX)],
];

const settingLines = (settings: readonly (readonly [string, string])[]): string => `${settings.map((setting) => setting.join(' ')).join('\n')}\n`;

/** Throws NotASyncPolicy for a rule that no write could meet. */
export const syncSettings = (policy: SyncPolicy): readonly (readonly [string, string])[] => {
  if (!Number.isInteger(policy.required) || policy.required < 0 || policy.required > policy.among.length) throw new NotASyncPolicy(policy);
  return replicasRequired(policy.required);
};

export const renderSync = (policy: SyncPolicy): string => settingLines(syncSettings(policy));

/** Of a node that does not know yet who its replicas are. */
export const renderRequired = (required: number): string => settingLines(replicasRequired(required));
