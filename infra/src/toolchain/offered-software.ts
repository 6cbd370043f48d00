import type { Report } from './command.js';

/** A set of programs in the version that a request names: a major for databases, major and minor for HAProxy. */
export interface InstalledSoftware {
  readonly version: string;
  readonly binDirectory: string;
}

/** One that can be had on this computer. */
export interface OfferedSoftware extends InstalledSoftware {
  /** Brings the programs to `binDirectory` where they are not there yet; absent for those that the computer has. May be repeated. */
  readonly fetch?: (report: Report) => Promise<unknown>;
}

/** What can be had of one software: the computer's own programs before those that are fetched. The order of versions does not matter. */
export type ListOffered = (tools: string) => Promise<readonly OfferedSoftware[]>;
