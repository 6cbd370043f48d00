import type { Machine } from './machine.js';

/** What a machine is for; carried as labels, so that a machine without a fact can be found. */
export interface MachineRequest {
  /** The node's id (or the endpoint's): creation is idempotent by it. */
  readonly machineId: string;
  readonly clusterId: string;
  /** The name people see. */
  readonly name: string;
  /** Ports that must be free on the machine's address. */
  readonly ports: readonly number[];
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

export interface MachineListing {
  readonly machineId: string;
  readonly clusterId: string;
  readonly name: string;
  readonly address: string;
  readonly createdAt: string;
  readonly state: 'present' | 'quarantined';
  readonly quarantinedAt?: string;
}

/** What a provider can still give that makes no machines and only has some. */
export interface MachineSupply {
  /** So many can be had now. */
  readonly free: number;
  /** So many serve a node or an endpoint. */
  readonly inUse: number;
  /** Those that serve nobody and cannot be used, each with the reason in a sentence or more. */
  readonly unusable: readonly { readonly id: string; readonly reason: string }[];
  /** How more are had, as a sentence. */
  readonly remedy: string;
}

/** Where machines come from. */
export interface Provider {
  readonly name: string;
  /** Creates the machine, or answers the one that has this id. A call killed half-way is completed by the next. */
  create(request: MachineRequest): Promise<Machine>;
  /** The machine with this id; throws MachineUnreachable when there is none, MachineGone where that is sure. */
  get(machineId: string): Promise<Machine>;
  /** Stops everything on it and removes it with its data. Nothing to do when it does not exist. */
  destroy(machineId: string): Promise<void>;
  /** Restarts it: services that were not stopped on purpose run again afterwards. */
  reboot(machineId: string): Promise<void>;
  /** Everything that carries our labels, also what was created half-way. */
  list(): Promise<MachineListing[]>;
  /** Stops a machine that no fact knows, keeps its data and marks it with the time. */
  quarantine(machineId: string): Promise<void>;
  /** Versions of a software that its machines can get, newest first. */
  softwareVersions(software: string): Promise<string[]>;
  /**
   * What it can give now to a node or an endpoint that needs these ports; looked at and not remembered, and changes nothing. Absent:
   * it makes as many as are wanted.
   */
  supply?(ports: readonly number[]): Promise<MachineSupply>;
}

/** A port that the machine needs is taken by somebody else. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
  constructor(
    readonly address: string,
    readonly port: number,
    /** Name and pid of the process that holds it, where it can be found out. */
    readonly holder: string,
  ) {
    super(`Port ${port} of ${address} is taken by ${holder}.`);
  }
}
