import type { StepContext } from '../contracts/index.js';

/** Why nothing has to be undone. */
export interface NoUndo {
  readonly none: string;
}

/** Says that a step needs no undo, and why. */
export const noUndo = (reason: string): NoUndo => ({ none: reason });

/**
 * Takes a step back. It must be safe on a step that was half done or never begun, and may be run again. A real undo must be
 * planned as one, and a planned one must be real: the plan's reader relies on it.
 */
export type Undo = ((context: StepContext) => Promise<unknown>) | NoUndo;

export interface RegisteredUndo {
  readonly step: string;
  /** The plan's sentence of how. */
  readonly how: string;
  readonly run: (context: StepContext) => Promise<unknown>;
}
