import { deployableEngines, workingModes } from '@holdfast/domain';
import { chooseCells, failureCells, failureName, farCellOf, farDays, isInSlices, killCells, killName, nodesOf } from './cells.js';

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
    expect(names).toContain('mariadb/multi-primary/ssh/remove-node/destroy-machine/worker');
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

describe('cells on machines elsewhere', () => {
  const machineOf = (name: string): string => name.split('/')[2] ?? '';
  const there = [...kills, ...failures].filter(({ scene }) => scene.machine !== 'local');
  const nameOf = (cell: (typeof there)[number]): string => ('victim' in cell ? killName(cell) : failureName(cell));
  const few = there.filter((cell) => nodesOf(cell) <= 4).map(nameOf);

  it('are of Docker and of servers over SSH', () => {
    expect(new Set(there.map(({ scene }) => scene.machine))).toEqual(new Set(['docker', 'ssh']));
    expect(new Set(few.map(machineOf))).toEqual(new Set(['docker', 'ssh']));
    expect(few).toContain('valkey/sharded/docker/remove-shard/drain-shard/worker');
    expect(few).not.toContain('valkey/sharded/docker/remove-shard/drain-shard/half');
  });

  it('are taken one a day, a kill or a failure', () => {
    for (const day of [0, 1, 2, few.length, 20_000]) {
      const taken = [...farCellOf(kills, killName, day).map(killName), ...farCellOf(failures, failureName, day).map(failureName)];
      expect(taken).toEqual([farDays()[day % few.length]]);
    }
  });

  it('are all taken, but those with many nodes, in as many days as they are', () => {
    expect([...farDays()].sort()).toEqual([...few].sort());
  });

  it('are kills and failures, on Docker and over SSH, within each two weeks, of three engines within each week', () => {
    const days = farDays();
    const kindOf = (name: string): string => `${machineOf(name)} ${name.endsWith('/worker') ? 'kill' : 'failure'}`;
    const weeks = (first: number, count: number): string[] => Array.from({ length: 7 * count }, (_, day) => days[(first + day) % days.length] ?? '');
    for (const first of days.keys()) {
      expect(new Set(weeks(first, 2).map(kindOf))).toEqual(new Set(['docker kill', 'docker failure', 'ssh kill', 'ssh failure']));
      expect(new Set(weeks(first, 1).map((name) => name.split('/')[0])).size).toBeGreaterThanOrEqual(3);
    }
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
