/** One line of a benchmark's table. Times in milliseconds unless the unit says otherwise. */
export interface Figure {
  readonly bench: string;
  readonly what: string;
  readonly unit: 'ms' | 'facts/s' | 'appends/s' | 'MB' | 'rows';
  /** Median over the runs, unless `what` names another rank. */
  readonly ours: number;
  /** The same done by raw commands or a peer in the same run. */
  readonly raw?: number;
  /** Median of the ratios of runs that stood beside each other; steadier than the ratio of two medians where others use the machine too. */
  readonly ratio?: number;
  /** What is asked for, in words; absent for a figure that only explains another. */
  readonly goal?: string;
  readonly met?: boolean;
  readonly runs: number;
  /** Every run, in order. */
  readonly samples?: { readonly ours: readonly number[]; readonly raw?: readonly number[] };
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = sorted.length % 2 === 0 ? [sorted[middle - 1], sorted[middle]] : [sorted[middle], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error('There are no values to rank.');
  return (low + high) / 2;
};

/** Nearest-rank quantile; throws for no values. */
export const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.min(sorted.length, Math.ceil(q * sorted.length)) - 1)];
  if (value === undefined) throw new Error('There are no values to rank.');
  return value;
};

/** Milliseconds that the work took. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** The figure of runs of ours and of raw commands in turn; `meets` judges the ratio. */
export const paired = (
  figure: Pick<Figure, 'bench' | 'what' | 'unit' | 'goal'>,
  ours: readonly number[],
  raw: readonly number[],
  meets: (ratio: number) => boolean,
): Figure => {
  const ratio = median(ours.map((value, index) => value / (raw[index] ?? Number.NaN)));
  return { ...figure, ours: median(ours), raw: median(raw), ratio, met: meets(ratio), runs: ours.length, samples: { ours, raw } };
};

export const renderTable = (figures: readonly Figure[]): string => {
  const rows = [
    ['BENCH', 'WHAT', 'OURS', 'RAW', 'RATIO', 'UNIT', 'RUNS', 'GOAL', 'MET'],
    ...figures.map((figure) => [
      figure.bench,
      figure.what,
      round(figure.ours),
      figure.raw === undefined ? '-' : round(figure.raw),
      figure.ratio === undefined ? '-' : figure.ratio.toFixed(2),
      figure.unit,
      String(figure.runs),
      figure.goal ?? '-',
      figure.met === undefined ? '-' : figure.met ? 'yes' : 'NO',
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n');
};

const round = (value: number): string => (Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1));
