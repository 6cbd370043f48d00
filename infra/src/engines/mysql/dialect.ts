import type { EngineCredentials, EngineNode, SyncPolicy } from '@holdfast/domain';
import type { Address, Role } from './role.js';

export interface Login {
  readonly user: string;
  readonly password: string;
}

export type Row = Readonly<Record<string, string | null>>;

/** One open connection. */
export interface Session {
  /** What the server speaks. */
  readonly dialect: Dialect;
  readonly nodeName: string;
  /** Rows of one statement, each value as text. Values for `?` are quoted by the client. */
  query(sql: string, values?: readonly unknown[], timeoutMs?: number): Promise<readonly Row[]>;
}

/** What a server says of the one that feeds it. */
export interface Upstream extends Address {
  readonly receiving: boolean;
  readonly applying: boolean;
  /** The upstream has taken the position that was asked for, and sends or waits for more. */
  readonly settled: boolean;
  readonly received: string;
  readonly unappliedBytes: number;
  readonly problem: string;
  /** The receiving side's error number; 0 when there is none. */
  readonly receiveError: number;
  readonly applyError: number;
}

/** Where a node's programs are. */
export interface Programs {
  program(node: EngineNode, name: string): Promise<string>;
}

/** A copy to be made. */
export interface Copying {
  readonly server: Programs;
  readonly node: EngineNode;
  readonly upstream: EngineNode;
  readonly credentials: EngineCredentials;
  readonly signal: AbortSignal;
}

/** Name and value of a server's setting. */
export type Setting = readonly [string, string];

/** What MariaDB and MySQL do differently. All else of the driver is the same for both, in statements and answers that both know. */
export interface Dialect {
  readonly software: 'mariadb' | 'mysql';
  /** Name of the server's program, and of its section in the configuration. */
  readonly serverProgram: string;
  /** Settings that only this dialect has, besides those of the role. */
  settings(memoryBytes: number): readonly Setting[];
  /** Settings that follow from the role: in the configuration, and told to a running server in this order. */
  roleSettings(role: Role): readonly Setting[];
  /** Tells the server to take no writes any more; waits for commits that are under way. */
  readonly refuseWrites: string;
  /** How many replicas a commit waits for. Throws NotASyncPolicy for a rule that the server cannot keep. */
  requiredAcksOf(policy: SyncPolicy): number;
  /** Makes an empty data directory in the node's folder for it, which is there and empty. */
  initialise(server: Programs, node: EngineNode): Promise<void>;

  /** The part of a statement that gives an account its password, without the password. */
  identifiedBy(login: Login, credentials: EngineCredentials): string;
  /** Whether what the server keeps of an account stands for this password. */
  isIdentifiedBy(kept: string, login: Login, credentials: EngineCredentials): boolean;
  /** Removes accounts that a new server has without a password. */
  readonly removeOpenAccounts: readonly string[];
  /** Rights of the account that copies are made with. */
  readonly copyRights: string;
  /** Lets `work` change accounts of this server alone, also where it is read-only. Told apart from a change of its role. */
  editAccounts(session: Session, work: () => Promise<void>): Promise<void>;
  /** Keeps out others who change accounts or the role of this server. */
  exclusively(session: Session, work: () => Promise<void>): Promise<void>;

  /** Fills the node's data directory, which is not there, from the upstream; answers the role's `seed`. */
  copy(copying: Copying): Promise<string>;
  /** Makes a server that holds a copy ready to follow. May be repeated, also when it follows already. */
  plant(session: Session, seed: string): Promise<void>;

  /** Expression for all that is applied. */
  readonly position: string;
  /** Whether all up to `goal` is applied at `position`. */
  hasReached(position: string, goal: string): boolean;
  /** From the row of SHOW REPLICA STATUS. */
  upstreamIn(row: Row): Upstream;
  readonly listReplicas: string;
  /** Counts what a former primary wrote itself as applied, where that is not a matter of course. */
  standWhereItWrote(session: Session): Promise<void>;
  /**
   * What was applied at `position` and is missing at `upstream`, as text; undefined where there is nothing, or where the upstream
   * itself refuses who has more than it has.
   */
  errant(position: string, upstream: string): string | undefined;
  /** With `?` for host, port, account and its password. */
  readonly changeUpstream: string;
  /** "Fatal error from the upstream while reading its log": it lacks the node's last transaction, or has thrown away what comes after it. */
  readonly fatalReadErrors: readonly number[];
}
