import { GOES_WITH_THE_MACHINE, minutes, type StepList } from './plan-step.js';

/** Nodes that an operation makes. */
export interface NewNodes {
  readonly names: readonly string[];
  readonly engine: string;
  readonly version: string;
  readonly size: string;
  /** Whether a machine for the endpoint is made with them. */
  readonly endpoint: boolean;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** From a name to a machine with programs: how the nodes of a group or of shards begin. */
export const makeNodes = (steps: StepList, { names, engine, version, size, endpoint }: NewNodes): StepList =>
  steps
    .step('reserve-nodes', { title: `Reserve ${names.join(', ')}.`, nodes: names, deadlineMs: minutes(1), undo: { how: 'Release the reservations.' } })
    .step('provision-machines', {
      title: `Create ${count(names.length, 'machine')} of size ${size}${endpoint ? ' and one for the endpoint' : ''}.`,
      nodes: names,
      deadlineMs: minutes(15),
      undo: { how: 'Destroy the machines with everything on them.' },
    })
    .step('install-engine', { title: `Install ${engine} ${version}.`, nodes: names, deadlineMs: minutes(20), undo: GOES_WITH_THE_MACHINE });
