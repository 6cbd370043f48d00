import { readConfiguration, type Configuration } from '@holdfast/infra/configuration';
import { toSafeJson, toSafeJsonLine } from './output/escape.js';
import { renderTable, type Column } from './output/table.js';
import { REPOSITORY } from './repository.js';

/** Options that every command understands. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly headers?: boolean;
  readonly color?: boolean;
  readonly yes?: boolean;
}

/** Where the command line reads and writes. Data goes to `out`, talk to `err`. */
export interface Streams {
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly err: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly in: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
}

/** What a command needs of its surroundings. */
export class CliContext {
  constructor(
    readonly streams: Streams,
    readonly options: CommonOptions,
  ) {}

  get env(): NodeJS.ProcessEnv {
    return this.streams.env;
  }

  get repository(): string {
    return REPOSITORY;
  }

  /** Throws ConfigurationError. */
  configuration(): Configuration {
    return readConfiguration(this.env, REPOSITORY);
  }

  /** A person sits before standard output. */
  get atTerminal(): boolean {
    return this.streams.out.isTTY === true && this.options.json !== true;
  }

  /** A person can be asked. */
  get canAsk(): boolean {
    return this.streams.in.isTTY === true && this.streams.err.isTTY === true;
  }

  /** One line of talk. */
  readonly say = (line: string): void => {
    this.streams.err.write(`${line}\n`);
  };

  /** Data for people; nothing when `--json` asks for a document. */
  print(text: string): void {
    if (this.options.json !== true) this.streams.out.write(text);
  }

  /** The document of `--json`; nothing else may be printed beside it. */
  document(value: unknown): void {
    if (this.options.json === true) this.streams.out.write(`${toSafeJson(value)}\n`);
  }

  /** One line of a list that goes on. */
  documentLine(value: unknown): void {
    if (this.options.json === true) this.streams.out.write(`${toSafeJsonLine(value)}\n`);
  }

  /** The rows as a table, tab-separated values, or the document. */
  rows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], document: unknown = { items: rows }): void {
    this.document(document);
    this.print(renderTable(rows, columns, { terminal: this.atTerminal, headers: this.options.headers !== false }));
  }

  /** Colour for a word, where a person looks and does not mind. */
  paint(color: 'red' | 'green' | 'yellow' | 'dim' | 'bold', text: string): string {
    return this.colorful() ? `\u001b[${SGR[color]}m${text}\u001b[0m` : text;
  }

  /** NO_COLOR and FORCE_COLOR as no-color.org and force-color.org say; the options come first; JSON never has colour. */
  private colorful(): boolean {
    if (this.options.json === true) return false;
    if (this.options.color !== undefined) return this.options.color;
    if ((this.env['NO_COLOR'] ?? '') !== '') return false;
    return (this.env['FORCE_COLOR'] ?? '') !== '' || this.streams.out.isTTY === true;
  }
}

/** Select Graphic Rendition, ECMA-48. */
const SGR = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;
