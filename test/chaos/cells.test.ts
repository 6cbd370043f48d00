import { allCells, cellName, chooseCells } from './cells.js';

describe('the kill matrix', () => {
  it('has a cell for the worker at every step of every operation, and each cell once', () => {
    const names = allCells().map(cellName);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('promote-node/fence-primary/worker');
    expect(names).toContain('deploy-cluster/join-replicas/event-store');
    expect(names).toContain('delete-cluster/publish/worker');
  });

  it('is covered by its slices within as many days as there are slices', () => {
    const total = allCells().length;
    const days = Math.ceil(total / 8);
    const seen = new Set(Array.from({ length: days }, (_, day) => chooseCells('slice', day, 8)).flat().map(cellName));
    expect(seen.size).toBe(total);
  });
});
