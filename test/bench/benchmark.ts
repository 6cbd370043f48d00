import type { Figure } from './figures.js';

/** What a benchmark is given. */
export interface BenchContext {
  /** Rounds to take the median of; each benchmark has a number of its own when absent. */
  readonly runs: number | undefined;
  /** One line of progress. */
  readonly say: (line: string) => void;
}

/** One benchmark. Throws when it could not run; a goal that is missed is a figure like any other. */
export interface Benchmark {
  readonly name: string;
  /** What is measured against what, in a sentence. */
  readonly measures: string;
  readonly run: (context: BenchContext) => Promise<readonly Figure[]>;
}

export const RUNS_DEFAULT = 5;

const standing: (() => Promise<unknown>)[] = [];

/** Runs the work with what was made, and removes that whatever happens: see also `removeAll`. */
export const using = async <T, R>(make: () => Promise<T>, remove: (made: T) => Promise<unknown>, work: (made: T) => Promise<R>): Promise<R> => {
  const made = await make();
  // Once: an interrupted run removes it while the work, which fails by that, does too.
  let removal: Promise<unknown> | undefined;
  const end = (): Promise<unknown> => (removal ??= remove(made));
  standing.push(end);
  try {
    return await work(made);
  } finally {
    standing.splice(standing.indexOf(end), 1);
    await end();
  }
};

/** Removes what benchmarks have made and not removed yet, the youngest first: for a run that is interrupted. Throws at the end what failed. */
export const removeAll = async (): Promise<void> => {
  const failures: unknown[] = [];
  for (const end of standing.toReversed()) await end().catch((problem: unknown) => failures.push(problem));
  if (failures.length > 0) throw new AggregateError(failures, `Not all was removed: ${failures.map(String).join('; ')}`);
};
