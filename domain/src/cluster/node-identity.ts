import { findTraits } from '../catalogue/engines.js';

export const nodeIdFor = (clusterId: string, ordinal: number): string => `${clusterId}-n${ordinal}`;
export const endpointMachineId = (clusterId: string): string => `${clusterId}-endpoint`;

/**
 * Name such as `pg-3f9a1c`, derived from the node's id, so that a plan can name a node before it exists.
 * The digest is 32-bit FNV-1a (RFC draft-eastlake-fnv), cut to six hex digits; it only has to spread, not to hide.
 */
export const nodeNameFor = (engine: string, nodeId: string): string => {
  let hash = 0x811c9dc5;
  for (const char of nodeId) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return `${findTraits(engine)?.shortName ?? engine}-${(hash >>> 8).toString(16).padStart(6, '0')}`;
};

/** The next ordinals whose names do not meet a name that the cluster already uses. */
export const nextNodes = (
  cluster: { readonly id: string; readonly engine: string; readonly nodesEverReserved: number; readonly nodes: readonly { readonly name: string }[] },
  count: number,
): { nodeId: string; name: string; ordinal: number }[] => {
  const taken = new Set(cluster.nodes.map((node) => node.name));
  const chosen: { nodeId: string; name: string; ordinal: number }[] = [];
  for (let ordinal = cluster.nodesEverReserved + 1; chosen.length < count; ordinal += 1) {
    const nodeId = nodeIdFor(cluster.id, ordinal);
    const name = nodeNameFor(cluster.engine, nodeId);
    if (taken.has(name)) continue;
    taken.add(name);
    chosen.push({ nodeId, name, ordinal });
  }
  return chosen;
};
