import { escapeLine } from './escape.js';

/** A column: its header, and what it says of a row; undefined shows as `-`. */
export interface Column<Row> {
  readonly header: string;
  cell(row: Row): string | number | undefined;
  /** Colours the padded cell, in a terminal only. */
  paint?(text: string, row: Row): string;
}

export interface TableStyle {
  /** A terminal gets aligned columns under a header; a pipe gets tabs. */
  readonly terminal: boolean;
  readonly headers: boolean;
}

const GAP = '  ';

/** As `gh` does: upper-case headers in a terminal, tab-separated values without headers where a program reads. */
export const renderTable = <Row>(rows: readonly Row[], columns: readonly Column<Row>[], style: TableStyle): string => {
  const cells = rows.map((row) => columns.map((column) => textOf(column.cell(row))));
  if (!style.terminal) return cells.map((line) => `${line.join('\t')}\n`).join('');
  const header = columns.map((column) => column.header.toUpperCase());
  const widths = columns.map((_, index) => Math.max(0, ...(style.headers ? [header, ...cells] : cells).map((line) => width(line[index] ?? ''))));
  const padded = (line: readonly string[]): string[] => line.map((cell, index) => pad(cell, widths[index] ?? 0));
  const body = cells.map((line, row) => padded(line).map((cell, index) => columns[index]?.paint?.(cell, rows[row] as Row) ?? cell));
  return [...(style.headers ? [padded(header)] : []), ...body].map((line) => `${line.join(GAP).trimEnd()}\n`).join('');
};

const textOf = (value: string | number | undefined): string => (value === undefined || value === '' ? '-' : escapeLine(String(value)));
const width = (text: string): number => [...text].length;
const pad = (text: string, columns: number): string => text + ' '.repeat(columns - width(text));
