import type { PlannedStep, PlannedUndo } from '../operation/operation-plan.js';

const SECOND = 1000;
export const seconds = (count: number): number => count * SECOND;
export const minutes = (count: number): number => count * 60 * SECOND;
export const hours = (count: number): number => count * 3600 * SECOND;

interface StepDraft {
  readonly title: string;
  readonly nodes: readonly string[];
  readonly deadlineMs: number;
  readonly undo: PlannedUndo;
  readonly whenOverdue?: 'ask' | 'undo';
  readonly writes?: 'possible' | 'paused' | 'none';
}

/** Collects the steps of a plan; everything after `pointOfNoReturn()` only goes forward. */
export class StepList {
  readonly steps: PlannedStep[] = [];
  private afterPointOfNoReturn = false;

  constructor(private readonly writes: PlannedStep['writes']) {}

  step(name: string, draft: StepDraft): this {
    this.steps.push({
      name,
      title: draft.title,
      nodes: draft.nodes,
      deadlineMs: draft.deadlineMs,
      whenOverdue: draft.whenOverdue ?? 'ask',
      undo: draft.undo,
      afterPointOfNoReturn: this.afterPointOfNoReturn,
      writes: draft.writes ?? this.writes,
    });
    return this;
  }

  pointOfNoReturn(): this {
    this.afterPointOfNoReturn = true;
    return this;
  }
}

export const GOES_WITH_THE_MACHINE: PlannedUndo = { none: 'It goes with the machine.' };
export const READ_ONLY: PlannedUndo = { none: 'It only reads.' };
export const ONLY_FORWARD: PlannedUndo = { none: 'Past the point of no return: it is tried until it is done.' };
