import type { OperationKind } from './operation-kind.js';

/** How a step is taken back, or why it need not be. */
export type PlannedUndo = { readonly how: string } | { readonly none: string };

export interface PlannedStep {
  readonly name: string;
  /** A sentence for people. */
  readonly title: string;
  /** Names of the nodes it touches. */
  readonly nodes: readonly string[];
  /** Past this the step is stuck, or the operation is undone: see `whenOverdue`. */
  readonly deadlineMs: number;
  /** `ask`: wait for a person. `undo`: take everything back, since waiting would harm clients. */
  readonly whenOverdue: 'ask' | 'undo';
  readonly undo: PlannedUndo;
  /** True from the first step that can only go forward. */
  readonly afterPointOfNoReturn: boolean;
  /** Whether clients can write while it runs. */
  readonly writes: 'possible' | 'paused' | 'none';
}

/** What will be done, told before it is done. The workflow runs exactly these steps. */
export interface OperationPlan {
  readonly kind: OperationKind;
  readonly steps: readonly PlannedStep[];
  /** Names of the nodes touched. */
  readonly nodesTouched: readonly string[];
  /** How long clients are expected to be unable to write; 0 when they never are. */
  readonly expectedWritePauseMs: number;
  /** What could be lost, as a sentence. */
  readonly dataAtRisk: string;
  /** In millionths of a US dollar. */
  readonly costChange: { readonly perHourMicroUsd: number; readonly perMonthMicroUsd: number };
  readonly warnings: readonly string[];
  /** How the whole is undone once it is done. */
  readonly undo: string;
}
