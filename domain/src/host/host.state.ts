import type { HostMeasures, HostProblem } from './host-check.rules.js';
import type { HostAssignment, HostEvent } from './host.events.js';

/** The last look at it. */
export interface HostCheck {
  readonly problems: readonly HostProblem[];
  readonly measured: HostMeasures;
}

export interface RegisteredHost {
  readonly status: 'registered';
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly keyReference: string;
  /** The host key that it must show; absent until it was reached for the first time. */
  readonly fingerprint?: string;
  /** Absent until it was looked at. */
  readonly check?: HostCheck;
  /** The machine it serves. */
  readonly assignment?: HostAssignment;
}

export type Host = { readonly status: 'absent' } | { readonly status: 'removed'; readonly id: string } | RegisteredHost;

export const ABSENT_HOST: Host = { status: 'absent' };

/** Folds one fact into the state. Unknown types (of a newer version) change nothing. */
export const evolveHost = (host: Host, event: HostEvent): Host => {
  if (event.type === 'HostRegistered') {
    const { hostId, ...rest } = event.data;
    return { status: 'registered', id: hostId, ...rest };
  }
  if (host.status !== 'registered') return host;
  switch (event.type) {
    case 'HostKeyPinned':
      return { ...host, fingerprint: event.data.fingerprint };
    case 'HostChecked':
      return { ...host, check: { problems: event.data.problems, measured: event.data.measured } };
    case 'HostAssigned': {
      const { hostId: _, ...assignment } = event.data;
      return { ...host, assignment };
    }
    case 'HostFreed': {
      const { assignment: _, ...free } = host;
      return free;
    }
    case 'HostRemoved':
      return { status: 'removed', id: host.id };
    default:
      return host;
  }
};

export const foldHost = (events: Iterable<HostEvent>): Host => {
  let host: Host = ABSENT_HOST;
  for (const event of events) host = evolveHost(host, event);
  return host;
};

/** The state as people read it. */
export type HostStatusWord = 'unchecked' | 'refused' | 'free' | 'in-use';

export const hostStatusWord = (host: RegisteredHost): HostStatusWord => {
  if (host.assignment !== undefined) return 'in-use';
  if (host.check === undefined) return 'unchecked';
  return host.check.problems.length > 0 ? 'refused' : 'free';
};
