import type { StepProblem } from '@holdfast/domain';

/** Why a runbook is left before its end. */
export type StopReason =
  | { readonly outcome: 'failed'; readonly step: string; readonly problem: StepProblem }
  | { readonly outcome: 'cancelled'; readonly step: string }
  | { readonly outcome: 'undone'; readonly step: string; readonly cause: string };

/** Leaves the runbook; only `runOperation` catches it. */
export class Stop extends Error {
  override readonly name = 'Stop';
  constructor(readonly reason: StopReason) {
    super(`The operation stops at ${reason.step}: ${reason.outcome}.`);
  }
}
