import type { ExitCode } from './exit-codes.js';

/** application/problem+json, as the API answers it and as `--json` prints it. */
export interface Problem {
  readonly type?: string;
  readonly title: string;
  readonly status?: number;
  /** Stable, for programs. */
  readonly code: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field?: string; readonly code?: string; readonly detail: string }[];
  readonly operationId?: string;
  readonly [extra: string]: unknown;
}

/** Ends the command with a message and a code; `next` is the command that helps. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  constructor(
    readonly exitCode: ExitCode,
    readonly problem: Problem,
    readonly next?: string,
  ) {
    super(problem.detail ?? problem.title);
  }
}
