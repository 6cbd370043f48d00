import type { HostAssignment } from '../host/host.events.js';
import type { HostCheck, RegisteredHost } from '../host/host.state.js';
import type { HostRefusalCode } from '../host/host.decide.js';
import type { Refusal } from '../kernel/decision.js';

/**
 * The servers that were brought, as facts tell. Every change is decided on the host's own stream, so that two workers never give one
 * host to two machines. Changes throw HostRefused when the rules forbid them, and may be repeated.
 */
export interface HostRegistry {
  /** All that are registered now, in the order of their ids. */
  list(): Promise<readonly RegisteredHost[]>;
  /** Undefined when it was never registered, or is removed. */
  find(hostId: string): Promise<RegisteredHost | undefined>;
  /** The private key, in the OpenSSH or PEM format; never to be written anywhere. */
  privateKey(host: RegisteredHost): Promise<string>;
  /** What this installation writes on hosts to tell its machines from those of another. */
  owner(): Promise<string>;
  /** Accepts the key that the host shows, or throws HostRefused `host-key-changed`; another than before only when a person has `agreed` to it. */
  pinKey(hostId: string, fingerprint: string, agreed?: string): Promise<void>;
  recordCheck(hostId: string, check: HostCheck): Promise<void>;
  assign(hostId: string, assignment: HostAssignment): Promise<void>;
  free(hostId: string, machineId: string): Promise<void>;
}

/** A rule forbids it; the message says what would be allowed. */
export class HostRefused extends Error {
  override readonly name = 'HostRefused';
  readonly code: HostRefusalCode;
  constructor(readonly refusal: Refusal<HostRefusalCode>) {
    super(refusal.detail);
    this.code = refusal.code;
  }
}
