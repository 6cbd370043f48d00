import { defaultVersionOf, deployableEngines, workingModes } from '@holdfast/domain';
import { allCells, cellName, chooseCells } from './cells.js';

describe('the kill matrix', () => {
  it('has a cell for the worker at every step of every operation, and each cell once', () => {
    const names = allCells().map(cellName);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('postgresql/promote-node/fence-primary/worker');
    expect(names).toContain('postgresql/deploy-cluster/join-replicas/event-store');
    expect(names).toContain('postgresql/delete-cluster/publish/worker');
  });

  it('has cells of every engine with a primary and replicas, and each day of a slice some of each', () => {
    const engines = deployableEngines().filter((engine) => workingModes(engine, defaultVersionOf(engine)).includes('primary-replica')).map(({ id }) => id);
    expect(new Set(allCells().map(({ engine }) => engine))).toEqual(new Set(engines));
    for (let day = 0; day < 60; day++) expect(new Set(chooseCells('slice', day, 8).map(({ engine }) => engine))).toEqual(new Set(engines));
  });

  it('is covered by its slices within as many days as there are slices', () => {
    const total = allCells().length;
    const days = Math.ceil(total / 8);
    const seen = new Set(Array.from({ length: days }, (_, day) => chooseCells('slice', day, 8)).flat().map(cellName));
    expect(seen.size).toBe(total);
  });
});
