import type { Machine } from './machine.js';

/** host and port of a node's server. */
export interface Backend {
  /** The node's name; letters, digits and hyphens. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/**
 * A question that tells whether clients may be led to a server: asked again and again by the endpoint itself, so that it goes on while
 * Holdfast is away. The server's driver makes the account. A server that lets nobody in, or does not know the account, is led to as
 * one that is only known to listen: a check that cannot ask must not take away what works.
 */
export interface MemberCheck {
  readonly protocol: 'mysql';
  /** Without a password, since no program that checks can keep one; it may do nothing but ask. */
  readonly account: string;
  /** How the server recognises the account. With neither is anything asked of one that has no password. */
  readonly plugin: 'caching_sha2_password' | 'mysql_native_password';
  /** A statement that answers one row with one value. */
  readonly question: string;
  /** The value that says yes; in no other answer, nor in the names of its columns. */
  readonly yes: string;
}

/** Where the two addresses lead. `readOnly` falls back to the read-write backend while it is empty. */
export interface Routing {
  /** Absent: new connections wait for a short time and are then refused; those that are there stay until their server ends them. */
  readonly readWrite?: Backend;
  readonly readOnly: readonly Backend[];
  /** All of them take writes: while the read-write backend does not answer, writers are led to the first of the others that does. */
  readonly allTakeWrites?: true;
  /**
   * How a server is asked that is checked; absent: whether it listens. It holds from the endpoint's opening: one that was opened
   * without it goes on as it was, since its servers may not know the account.
   */
  readonly check?: MemberCheck;
}

/**
 * The addresses clients use, served by a program on a machine of its own so that they work while Holdfast is away.
 * Every call may be repeated, and each sets the whole state.
 */
export interface EndpointDriver {
  /** Brings its program to the machine, which `open` does too where this was not done before. */
  install(machine: Machine): Promise<void>;
  /** Installs and starts it on the machine; answers once it accepts connections. */
  open(machine: Machine, ports: { readWrite: number; readOnly: number }, routing: Routing): Promise<void>;
  /** Sends new connections elsewhere at once, without dropping those that lead where they still may, and survives its restart. */
  route(machine: Machine, routing: Routing): Promise<void>;
  /** Stops accepting and ends the connections. */
  close(machine: Machine): Promise<void>;
  /** What the running program does now, for checks. */
  inspect(machine: Machine): Promise<{ running: boolean; routing: Routing }>;
}
