/** One line of a benchmark's table. Times in milliseconds unless the unit says otherwise. */
export interface Figure {
  readonly bench: string;
  readonly what: string;
  readonly unit: 'ms' | 'facts/s' | 'appends/s' | 'rows';
  readonly ours: number;
  /** The same done by raw commands or a peer in the same run. */
  readonly raw?: number;
  /** What the issue asks for, in words. */
  readonly goal: string;
  readonly met: boolean;
  readonly runs: number;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Nearest-rank quantile; throws for no values. */
export const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? sorted[0];
  if (value === undefined) throw new Error('There are no values to rank.');
  return value;
};

/** Milliseconds that the work took. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

export const ratio = (figure: Figure): string => (figure.raw === undefined ? '-' : (figure.ours / figure.raw).toFixed(2));

export const renderTable = (figures: readonly Figure[]): string => {
  const rows = [
    ['BENCH', 'WHAT', 'OURS', 'RAW', 'RATIO', 'UNIT', 'RUNS', 'GOAL', 'MET'],
    ...figures.map((figure) => [
      figure.bench,
      figure.what,
      round(figure.ours),
      figure.raw === undefined ? '-' : round(figure.raw),
      ratio(figure),
      figure.unit,
      String(figure.runs),
      figure.goal,
      figure.met ? 'yes' : 'NO',
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n');
};

const round = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
