/** What a node of a replicated cluster is for. */
export type NodeRole = 'primary' | 'replica';
