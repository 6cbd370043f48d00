import { deployableEngines, workingModes } from '@holdfast/domain';
import { chooseCells, dockerCellOf, failureCells, failureName, isInSlices, killCells, killName } from './cells.js';

const kills = killCells();
const failures = failureCells();
const sceneOf = (name: string): string => name.split('/').slice(0, 3).join('/');

describe('the kill matrix', () => {
  it('has a cell for the worker at every step of every operation, and each cell once', () => {
    const names = kills.map(killName);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('postgresql/primary-replica/local/promote-node/fence-primary/worker');
    expect(names).toContain('postgresql/primary-replica/local/deploy-cluster/join-replicas/event-store');
    expect(names).toContain('mariadb/multi-primary/local/add-node/publish/worker');
    expect(names).toContain('valkey/sharded/docker/remove-shard/drain-shard/worker');
    expect(names).toContain('redis/primary-replica/docker/delete-cluster/publish/worker');
  });

  it('has every engine in every mode that some version of it works in', () => {
    const scenes = new Set(kills.map(killName).map(sceneOf));
    for (const engine of deployableEngines()) {
      const modes = engine.versions.flatMap((version) => workingModes(engine, version)).filter((mode) => mode !== 'single');
      for (const mode of modes) expect(scenes).toContain(`${engine.id}/${mode}/local`);
    }
  });

  it('kills the other parts in one scene, since they know no engine', () => {
    expect(new Set(kills.filter(({ victim }) => victim !== 'worker').map(killName).map(sceneOf))).toEqual(new Set(['postgresql/primary-replica/local']));
  });

  it('takes some of several engines each day, on this computer', () => {
    for (let day = 0; day < 60; day++) {
      const slice = chooseCells(kills, killName, 'slice', day, 8);
      expect(slice.length).toBeGreaterThanOrEqual(7);
      expect(slice.length).toBeLessThanOrEqual(8);
      expect(new Set(slice.map(({ scene }) => scene.engine)).size).toBeGreaterThanOrEqual(3);
      expect(new Set(slice.map(({ scene }) => scene.machine))).toEqual(new Set(['local']));
    }
  });
});

describe.each([
  ['the kill matrix', kills.map(killName), 8],
  ['step failures', failures.map(failureName), 4],
] as const)('%s', (_, names, count) => {
  const choose = (selection: string, day = 0): string[] => chooseCells(names, (name) => name, selection, day, count);

  it('is covered by its slices within as many days as there are slices', () => {
    const here = names.filter(isInSlices);
    const days = Math.ceil(here.length / count);
    expect(new Set(Array.from({ length: days }, (__, day) => choose('slice', day)).flat())).toEqual(new Set(here));
  });

  it('is whole, or those that words choose; words that nobody has are refused', () => {
    expect(choose('all')).toEqual(names);
    expect(choose('valkey primary-replica local promote-node fence-primary').map(sceneOf)).toEqual(expect.arrayContaining(['valkey/primary-replica/local']));
    expect(choose('docker').length).toBeGreaterThan(0);
    expect(choose('mariadb/docker').every((name) => name.startsWith('mariadb/') && name.includes('/docker/'))).toBe(true);
    expect(() => choose('valkey oracle')).toThrow('No cell has all of valkey, oracle.');
  });
});

describe("Docker's cells", () => {
  const namesOf = (day: number): string[] => [...dockerCellOf(kills, 'kill', day).map(killName), ...dockerCellOf(failures, 'failure', day).map(failureName)];
  const there = [...kills.map(killName), ...failures.map(failureName)].filter((name) => name.includes('/docker/'));

  it('are taken one a day: each of those with few machines before one comes again', () => {
    const days = Array.from({ length: 2 * 60 }, (_, day) => namesOf(day));
    expect(days.map(({ length }) => length)).toEqual(days.map(() => 1));
    expect(new Set(days.flat()).size).toBe(days.length);
    expect(there).toEqual(expect.arrayContaining(days.flat()));
    expect(new Set(Array.from({ length: 2_000 }, (_, day) => namesOf(day)).flat())).toEqual(new Set(there.filter((name) => !name.startsWith('redis/sharded') && !name.startsWith('valkey/sharded') || name.includes('/remove-shard/'))));
  });

  it('are of other engines and operations on days that follow each other', () => {
    for (let day = 0; day < 100; day++) expect(new Set([0, 2, 4, 6].flatMap((later) => namesOf(day + later)).map((name) => name.split('/')[0])).size).toBeGreaterThanOrEqual(2);
  });
});

describe('step failures', () => {
  it('has each step at two moments, each once', () => {
    const names = failures.map(failureName);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('mariadb/primary-replica/local/add-node/clone-data/half');
    expect(names).toContain('mariadb/primary-replica/local/add-node/clone-data/done');
  });
});
