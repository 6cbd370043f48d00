import fc from 'fast-check';
import { endpointMachineId, nextNodes, nodeIdFor, nodeNameFor } from './node-identity.js';

const cluster = (nodesEverReserved: number, ...names: string[]) => ({ id: 'c-orders-1', engine: 'postgresql', nodesEverReserved, nodes: names.map((name) => ({ name })) });

describe('ids and names of nodes', () => {
  it('derives ids from the cluster', () => {
    expect(nodeIdFor('c-orders-1', 3)).toBe('c-orders-1-n3');
    expect(endpointMachineId('c-orders-1')).toBe('c-orders-1-endpoint');
  });
  it('is the 32-bit FNV-1a digest, of which the upper 24 bits are kept', () => {
    // The published vector of the empty text is the offset basis 811c9dc5, that of "a" is e40c292c.
    expect(nodeNameFor('postgresql', '')).toBe('pg-811c9d');
    expect(nodeNameFor('postgresql', 'a')).toBe('pg-e40c29');
  });
  it('uses the engine itself where it has no short name', () => {
    expect(nodeNameFor('oracle', 'a')).toBe('oracle-e40c29');
  });
  it('goes on after the highest ordinal ever reserved', () => {
    expect(nextNodes(cluster(4), 2).map((node) => node.ordinal)).toEqual([5, 6]);
  });
  it('passes over an ordinal whose name a node of the cluster has', () => {
    const taken = nodeNameFor('postgresql', nodeIdFor('c-orders-1', 1));
    expect(nextNodes(cluster(0, taken), 1)).toEqual([
      { nodeId: 'c-orders-1-n2', name: nodeNameFor('postgresql', 'c-orders-1-n2'), ordinal: 2 },
    ]);
  });
  it('always has six hex digits, and no name twice in one cluster', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 16 }), (id, reserved, count) => {
        const names = nextNodes({ id, engine: 'postgresql', nodesEverReserved: reserved, nodes: [] }, count).map((node) => node.name);
        expect(new Set(names).size).toBe(count);
        for (const name of names) expect(name).toMatch(/^pg-[0-9a-f]{6}$/);
      }),
    );
  });
});
