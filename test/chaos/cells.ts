import { allScenes, operationsOf, planOf, sceneName, type MachineKind, type Operation, type Scene } from './scenes.js';

export type Victim = 'worker' | 'api' | 'temporal' | 'event-store';

/** One kill: this part, while this step of this operation runs. */
export interface KillCell {
  readonly scene: Scene;
  readonly operation: Operation;
  readonly step: string;
  readonly victim: Victim;
}

/** `half`: in the middle of what the step does to machines. `done`: when all of it is done and nobody knows yet. */
export type Moment = 'half' | 'done';

/** One failure for good: in this step of this operation, at this moment. */
export interface FailureCell {
  readonly scene: Scene;
  readonly operation: Operation;
  readonly step: string;
  readonly moment: Moment;
}

export const killName = ({ scene, operation, step, victim }: KillCell): string => `${sceneName(scene)}/${operation.label}/${step}/${victim}`;
export const failureName = ({ scene, operation, step, moment }: FailureCell): string => `${sceneName(scene)}/${operation.label}/${step}/${moment}`;

/** What the other parts lose when they die has nothing to do with the engine or its machines: one scene is enough for them. */
const OTHER_PARTS_IN = 'postgresql/primary-replica/local';
const OTHER_PARTS_DURING: readonly string[] = ['deploy-cluster', 'promote-node'];
const MOMENTS: readonly Moment[] = ['half', 'done'];

const victimsOf = (scene: Scene, { label }: Operation): readonly Victim[] =>
  sceneName(scene) === OTHER_PARTS_IN && OTHER_PARTS_DURING.includes(label) ? ['worker', 'temporal', 'event-store', 'api'] : ['worker'];

const everyStep = <T>(cellsOf: (scene: Scene, operation: Operation, step: string) => readonly T[]): T[] =>
  allScenes().flatMap((scene) => operationsOf(scene).flatMap((operation) => planOf(scene, operation).steps.flatMap(({ name }) => cellsOf(scene, operation, name))));

/** The worker at each step of each operation of each scene; in one scene the other parts too. */
export const killCells = (): KillCell[] =>
  everyStep((scene, operation, step) => victimsOf(scene, operation).map((victim) => ({ scene, operation, step, victim })));

/** Each step of each operation of each scene, failing at each moment. */
export const failureCells = (): FailureCell[] => everyStep((scene, operation, step) => MOMENTS.map((moment) => ({ scene, operation, step, moment })));

/** Elsewhere each takes minutes: see farCellOf. */
export const isInSlices = (name: string): boolean => partsOf(name).includes('local');

/** Cells that failed once are run every time. */
export const PINNED: readonly string[] = [];

/**
 * Which cells to run. `all`: every one. `slice`: `count` of those on this computer, other ones each day, so that all are run within
 * weeks of continuous integration; they are spread over engines, modes and operations, since neighbours in the list are alike and a
 * day takes every so-manyth. Anything else is words, separated by spaces, commas or slashes: those cells whose name has each of them
 * as a part, such as `valkey promote-node` or `ssh`. Throws when no cell has.
 */
export const chooseCells = <T>(cells: readonly T[], nameOf: (cell: T) => string, selection: string, day: number, count: number): T[] => {
  if (selection === 'all') return [...cells];
  if (selection !== 'slice') return matching(cells, nameOf, selection);
  const here = cells.filter((cell) => isInSlices(nameOf(cell)));
  const stride = Math.ceil(here.length / count);
  return here.filter((cell, index) => index % stride === day % stride || PINNED.includes(nameOf(cell)));
};

/** Those that take more nodes are asked for by words: a failure takes also those of the scene's first deployment. */
const FAR_NODES_MAX = 4;
export const nodesOf = (cell: KillCell | FailureCell): number =>
  Math.max(cell.operation.shape.nodes, 'victim' in cell ? 0 : (operationsOf(cell.scene)[0]?.shape.nodes ?? 0));

/** Every cell on machines elsewhere that has its day: kills on Docker, failures there, kills over SSH, failures there. */
const farNames = (): string[] => {
  const far = <T extends KillCell | FailureCell>(cells: readonly T[], machine: MachineKind): T[] => cells.filter((cell) => cell.scene.machine === machine && nodesOf(cell) <= FAR_NODES_MAX);
  const [kills, failures] = [killCells(), failureCells()];
  return (['docker', 'ssh'] as const).flatMap((machine) => [...far(kills, machine).map(killName), ...far(failures, machine).map(failureName)]);
};

/** All names in the order of their days. */
export const farDays = (): readonly string[] => {
  const names = farNames();
  let stride = Math.round(names.length * 0.382);
  while (commonDivisor(stride, names.length) !== 1) stride += 1;
  return names.map((_, day) => names[(day * stride) % names.length] ?? '');
};

/**
 * The one on Docker or over SSH that continuous integration takes of the day beside its slice, if it is one of these. Days that follow
 * each other take cells far from each other, by the golden ratio, so that each kind of them has its turn within two weeks; and each
 * cell has its turn before one has its second, after as many days as there are.
 */
export const farCellOf = <T>(cells: readonly T[], nameOf: (cell: T) => string, day: number): T[] => {
  const days = farDays();
  return cells.filter((cell) => nameOf(cell) === days[day % days.length]);
};

const commonDivisor = (one: number, other: number): number => (other === 0 ? one : commonDivisor(other, one % other));

const partsOf = (name: string): string[] => name.split('/');

const matching = <T>(cells: readonly T[], nameOf: (cell: T) => string, selection: string): T[] => {
  const words = selection.split(/[\s,/]+/).filter((word) => word !== '');
  const found = cells.filter((cell) => words.every((word) => partsOf(nameOf(cell)).includes(word)));
  if (found.length > 0) return found;
  throw new Error(`No cell has all of ${words.join(', ')}. A cell is engine/mode/machine/operation/step/what-happens, as ${cells[0] === undefined ? '' : nameOf(cells[0])}.`);
};
