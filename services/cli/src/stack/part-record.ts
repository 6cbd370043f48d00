import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, type ProcessIdentity } from './process-identity.js';

/** Which process is a part of the stack, in `<home>/run/<part>.json`. */
export class PartRecord {
  private readonly file: string;

  constructor(
    private readonly home: string,
    part: string,
  ) {
    this.file = join(home, 'run', `${part}.json`);
  }

  /** The process, while it lives; a record of a dead one counts as none. */
  read(): ProcessIdentity | undefined {
    let text: string;
    try {
      text = readFileSync(this.file, 'utf8');
    } catch {
      return undefined;
    }
    const identity = parse(text);
    return identity !== undefined && isAlive(identity) ? identity : undefined;
  }

  /** Renamed into place, so that a reader never sees half of it. */
  write(identity: ProcessIdentity): void {
    mkdirSync(join(this.home, 'run'), { recursive: true });
    writeFileSync(`${this.file}.new`, `${JSON.stringify(identity)}\n`);
    renameSync(`${this.file}.new`, this.file);
  }

  clear(): void {
    rmSync(this.file, { force: true });
  }
}

/** A file that is not ours to understand is no record. */
const parse = (text: string): ProcessIdentity | undefined => {
  try {
    const value = JSON.parse(text) as Partial<ProcessIdentity>;
    const whole = typeof value.pid === 'number' && typeof value.startTicks === 'string' && typeof value.bootId === 'string';
    return whole ? (value as ProcessIdentity) : undefined;
  } catch {
    return undefined;
  }
};
