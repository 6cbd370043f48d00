import { isIP } from 'node:net';
import type { Backend, MemberCheck, Routing } from '@holdfast/domain';

export interface Ports {
  readonly readWrite: number;
  readonly readOnly: number;
}

/** What one HAProxy is to do. A replica keeps its slot for as long as it is routed to, so that its connections are kept too. */
export interface RoutingState {
  readonly ports: Ports;
  readonly readWrite: Backend | undefined;
  /** By slot; undefined where the slot is free. */
  readonly replicas: readonly (Backend | undefined)[];
  readonly allTakeWrites?: true;
  readonly check?: MemberCheck;
}

/** Slots exist from the start, since only addresses can be changed while HAProxy runs. More replicas than this are refused. */
export const REPLICA_SLOTS = 32;

/** A routing that HAProxy cannot be given. */
export class InvalidRouting extends Error {
  override readonly name = 'InvalidRouting';
}

/** Gives each replica the slot it had, and a free one to those that are new. Throws InvalidRouting. */
export const planSlots = (ports: Ports, routing: Routing, before: RoutingState | undefined): RoutingState => {
  [routing.readWrite, ...routing.readOnly].forEach((backend) => backend && requireValid(backend));
  if (routing.readOnly.length > REPLICA_SLOTS) throw new InvalidRouting(`${routing.readOnly.length} replicas, but at most ${REPLICA_SLOTS} can be routed to.`);
  const slots: (Backend | undefined)[] = Array.from({ length: REPLICA_SLOTS }, (_, slot) => {
    const had = before?.replicas[slot];
    return had && routing.readOnly.find((backend) => sameServer(backend, had));
  });
  for (const backend of routing.readOnly) {
    if (!slots.some((taken) => taken && sameServer(taken, backend))) slots[slots.indexOf(undefined)] = backend;
  }
  return { ports, readWrite: routing.readWrite, replicas: slots, ...rulesOf(routing) };
};

/** What holds from HAProxy's start, whomever it leads to. */
export const rulesOf = ({ allTakeWrites, check }: Pick<RoutingState, 'allTakeWrites' | 'check'>): Pick<RoutingState, 'allTakeWrites' | 'check'> => ({
  ...(allTakeWrites === true ? { allTakeWrites } : {}),
  ...(check === undefined ? {} : { check }),
});

export const sameServer = (one: Pick<Backend, 'host' | 'port'>, other: Pick<Backend, 'host' | 'port'>): boolean => one.host === other.host && one.port === other.port;

/** What stands in a configuration file is read by HAProxy as a language: only what cannot be anything else gets there. */
const requireValid = ({ name, host, port }: Backend): void => {
  if (!/^[A-Za-z0-9-]{1,63}$/.test(name)) throw new InvalidRouting(`${JSON.stringify(name)} is not the name of a node.`);
  if (isIP(host) === 0) throw new InvalidRouting(`${JSON.stringify(host)} is not an IP address: HAProxy cannot be given another while it runs.`);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new InvalidRouting(`${port} is not a port.`);
};
