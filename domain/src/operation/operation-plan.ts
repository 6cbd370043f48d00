import type { NodeRole } from '../cluster/node-role.js';
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

/**
 * A node as the plan knows it. The plan is all that a workflow knows of the cluster's shape, so the nodes stand in it with
 * everything that the steps need to name them.
 */
export interface PlanSubject {
  readonly nodeId: string;
  readonly name: string;
  readonly ordinal: number;
  /** Its role before the operation; of a node that the operation makes, the role it gets. */
  readonly role: NodeRole;
  /** Number of its shard, from 1; absent where there are none. */
  readonly shard?: number;
  /** Size of its machine. */
  readonly size: string;
  /** Whether the operation is about it: it is made, promoted, removed or deleted. */
  readonly target: boolean;
}

/** What will be done, told before it is done. The workflow runs exactly these steps. */
export interface OperationPlan {
  readonly kind: OperationKind;
  /** Which runbook of the operation follows it; absent: that of one primary with replicas. */
  readonly mode?: 'multi-primary' | 'sharded';
  readonly steps: readonly PlannedStep[];
  /** Every node of the cluster and those that are made, in the order of their ordinals. */
  readonly subjects: readonly PlanSubject[];
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
