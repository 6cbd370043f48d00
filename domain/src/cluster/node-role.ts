/**
 * What a node is for. `primary`, `replica`: of a cluster with one writable node. `member`: of a group in which all write.
 * `shard-primary`, `shard-replica`: of one shard.
 */
export type NodeRole = 'primary' | 'replica' | 'member' | 'shard-primary' | 'shard-replica';

export const NODE_ROLES = ['primary', 'replica', 'member', 'shard-primary', 'shard-replica'] as const satisfies readonly NodeRole[];
