import type { MemberCheck } from '../ports/endpoint.js';
import type { ClusterMode } from './engine-capabilities.js';

/** What plans and activities need to know of an engine; the catalogue says what people see. */
export interface EngineTraits {
  /** Engines of one family share a driver. */
  readonly family: EngineFamily;
  /** Begins the names of its nodes: `pg-3f9a1c`. */
  readonly shortName: string;
  /** The port its servers listen on. */
  readonly serverPort: number;
  /** By mode: ports on which its nodes speak to each other, besides the server's. */
  readonly peerPorts?: Readonly<Partial<Record<ClusterMode, readonly number[]>>>;
  /** By mode: how an endpoint asks a server whether clients may be led to it; absent where it is enough that it listens. */
  readonly memberChecks?: Readonly<Partial<Record<ClusterMode, MemberCheck>>>;
  /** Where clients knock. An endpoint's address is its own, so every cluster of the engine has the same ports. */
  readonly endpointPorts: { readonly readWrite: number; readonly readOnly: number };
  /** Scheme of connection URLs, as the family's client programs and libraries read them. */
  readonly urlScheme: 'postgresql' | 'mysql' | 'redis';
  /** Whether a server holds databases by name, so that a client names one. */
  readonly namedDatabases: boolean;
  /** How a primary is kept from writing while another takes over: it stops, or refuses writes and lets readers stay. */
  readonly fencing: 'stop' | 'read-only';
  /** What a switchover of an idle local cluster takes, as `./holdfast bench promote` measures it. */
  readonly switchoverPauseMs: number;
}

/** Engines that speak one protocol. */
export type EngineFamily = 'postgresql' | 'mysql' | 'redis';
