import {
  HostRefused,
  MachineUnreachable,
  type Clock,
  type HostAssignment,
  type HostRegistry,
  type Machine,
  type MachineListing,
  type MachineRequest,
  type MachineSupply,
  type PortTaken,
  type Provider,
  type RegisteredHost,
} from '@holdfast/domain';
import { DebianMachine } from '../debian/debian-machine.js';
import { GuardedTransport } from './guarded-transport.js';
import { MARKER_IS_THERE, markerFor, markerText, parseMarker, READ_MARKER, REPLACE_MARKER, WRITE_MARKER, type HostMarker } from './host-marker.js';
import { END_EVERYTHING, GIVE_BACK } from './host-scripts.js';
import { askHost, tellHost } from './host-session.js';
import { SshHosts } from './hosts.js';
import { ADD_HOSTS, noFreeHost } from './no-free-host.js';
import { offeredVersions } from './offered-versions.js';
import { portTakenOn } from './ports-taken.js';
import { restartHost } from './restart-host.js';
import type { SshLimits } from './ssh-connection.js';
import type { SshTransport } from './ssh-transport.js';
import { reaching, unlessUnreachable } from './unreachable.js';

export interface SshProviderOptions {
  readonly registry: HostRegistry;
  readonly clock?: Clock;
  readonly limits?: SshLimits;
}

const MACHINE_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const ASK_MS = 30_000;
/** Somebody waits for the answer; a host that needs longer now is no host to begin with. */
const LOOK_MS = 5_000;
/** apt may wait for another apt, and fetch. */
const GIVE_BACK_MS = 900_000;
/** Who destroys a machine does not want its data: good order only to let servers give back what is not a file of theirs. */
const DESTROY_STOP_SECONDS = 5;
/** systemd's DefaultTimeoutStopSec. */
const QUARANTINE_STOP_SECONDS = 90;

/**
 * Machines on servers that somebody has brought: Debian or Ubuntu, reached over SSH, one machine for each. Which host serves which
 * machine is a fact of the host's stream, decided before anything is changed on it; the marker on the host is the proof that it is so.
 */
export class SshProvider implements Provider {
  readonly name = 'ssh';
  private readonly hosts: SshHosts;
  private readonly clock: Clock;
  private readonly machines = new Map<string, { readonly marker: string; readonly machine: DebianMachine }>();

  constructor(private readonly options: SshProviderOptions) {
    this.hosts = new SshHosts(options.registry, options.limits);
    this.clock = options.clock ?? { now: () => new Date() };
  }

  /** One that is in quarantine under this id comes back with its data, its services stopped. Throws NoFreeHost and PortTaken. */
  async create(request: MachineRequest): Promise<Machine> {
    assertMachineId(request.machineId);
    const host = (await this.hostOf(request.machineId)) ?? (await this.choose(request));
    const owner = await this.options.registry.owner();
    const marker = await reaching(request.machineId, () => this.mark(host, markerFor(request, owner, this.clock.now().toISOString())));
    const machine = this.machineOn(host, marker);
    await machine.prepare();
    return machine;
  }

  async get(machineId: string): Promise<Machine> {
    assertMachineId(machineId);
    const { host, marker } = await this.find(machineId);
    if (host === undefined || marker === undefined || marker.quarantinedAt !== undefined) throw new MachineUnreachable(`Machine ${machineId} does not exist.`);
    return this.machineOn(host, marker);
  }

  async destroy(machineId: string): Promise<void> {
    assertMachineId(machineId);
    const { host, marker } = await this.find(machineId);
    if (host === undefined) return;
    await reaching(machineId, async () => {
      const transport = this.hosts.to(host);
      if (marker !== undefined) {
        // From here on nobody begins anything on it.
        if (marker.quarantinedAt === undefined) await this.setAside(transport, marker);
        await tellHost(transport, `Ending the services of ${machineId}`, { script: END_EVERYTHING, args: [String(DESTROY_STOP_SECONDS)], timeoutMs: ASK_MS + DESTROY_STOP_SECONDS * 1000 });
        await tellHost(transport, `Giving host ${host.id} back`, { script: GIVE_BACK, timeoutMs: GIVE_BACK_MS });
      }
    });
    this.machines.delete(host.id);
    await this.options.registry.free(host.id, machineId);
  }

  async reboot(machineId: string): Promise<void> {
    await this.get(machineId);
    const host = await this.hostOf(machineId);
    if (host !== undefined) await reaching(machineId, () => restartHost(this.hosts.to(host)));
  }

  /** Hosts that cannot be reached now are told from the facts, so that a machine is not missed because its host is down. */
  async list(): Promise<MachineListing[]> {
    const owner = await this.options.registry.owner();
    const listings = await Promise.all((await this.options.registry.list()).map((host) => this.listingOf(host, owner)));
    return listings.filter((listing) => listing !== undefined);
  }

  async quarantine(machineId: string): Promise<void> {
    assertMachineId(machineId);
    const { host, marker } = await this.find(machineId);
    // Taken, and nothing done on it yet: whoever took it was killed. There is no data to keep.
    if (host !== undefined && marker === undefined) return this.options.registry.free(host.id, machineId);
    if (host === undefined || marker === undefined || marker.quarantinedAt !== undefined) return;
    await reaching(machineId, async () => {
      await this.setAside(this.hosts.to(host), marker);
      await tellHost(this.hosts.to(host), `Ending the services of ${machineId}`, { script: END_EVERYTHING, args: [String(QUARANTINE_STOP_SECONDS)], timeoutMs: ASK_MS + QUARANTINE_STOP_SECONDS * 1000 });
    });
    this.machines.delete(host.id);
  }

  /** What every host that is free can get: it is not known yet which will be taken. */
  async softwareVersions(software: string): Promise<string[]> {
    const free = (await this.options.registry.list()).filter((host) => host.assignment === undefined && host.check?.problems.length === 0);
    return offeredVersions(free.map((host) => this.hosts.to(host)), software);
  }

  /** Looks at every host that serves nobody, all at once. */
  async supply(ports: readonly number[]): Promise<MachineSupply> {
    const hosts = await this.options.registry.list();
    const idle = hosts.filter(({ assignment }) => assignment === undefined);
    const reasons = await Promise.all(idle.map(async (host) => ({ id: host.id, reason: await this.hosts.whyNotNow(host, ports, LOOK_MS) })));
    const unusable = reasons.flatMap(({ id, reason }) => (reason === undefined ? [] : [{ id, reason }]));
    return { free: idle.length - unusable.length, inUse: hosts.length - idle.length, unusable, remedy: ADD_HOSTS };
  }

  /** Ends all connections. */
  close(): Promise<void> {
    return this.hosts.close();
  }

  /** The host that facts say serves it. Of several, after two workers chose at the same time, the first. */
  private async hostOf(machineId: string): Promise<RegisteredHost | undefined> {
    return (await this.options.registry.list()).find(({ assignment }) => assignment?.machineId === machineId);
  }

  /** Checks free hosts one after the other until one will do, and takes it. */
  private async choose(request: MachineRequest): Promise<RegisteredHost> {
    const owner = await this.options.registry.owner();
    const refused = new Map<string, string>();
    let squatted: PortTaken | undefined;
    const hosts = await this.options.registry.list();
    for (const host of hosts.filter(({ assignment }) => assignment === undefined)) {
      const { problems } = await this.hosts.check(host, { machineId: request.machineId, owner });
      const taken = problems.length > 0 ? undefined : await reaching(request.machineId, () => portTakenOn(host, this.hosts.to(host), request.ports));
      if (problems.length > 0 || taken !== undefined) {
        refused.set(host.id, taken?.message ?? problems.map(({ detail }) => detail).join(' '));
        squatted ??= taken;
        continue;
      }
      if (await this.take(host, request)) return this.agreedHost(request.machineId);
    }
    if (squatted !== undefined && refused.size === 1) throw squatted;
    throw noFreeHost(request, await this.options.registry.list(), refused);
  }

  private async take(host: RegisteredHost, { machineId, clusterId, name, ports }: MachineRequest): Promise<boolean> {
    const assignment: HostAssignment = { machineId, clusterId, name, ports, assignedAt: this.clock.now().toISOString() };
    try {
      await this.options.registry.assign(host.id, assignment);
      return true;
    } catch (error) {
      if (error instanceof HostRefused && error.code !== 'invalid-host') return false; // Somebody else was faster.
      throw error;
    }
  }

  /** Two workers that create one machine may each have taken a host: both give back all but the first. */
  private async agreedHost(machineId: string): Promise<RegisteredHost> {
    const [first, ...others] = (await this.options.registry.list()).filter(({ assignment }) => assignment?.machineId === machineId);
    if (first === undefined) throw new MachineUnreachable(`Machine ${machineId} was destroyed while it was being created.`);
    for (const other of others) await this.options.registry.free(other.id, machineId);
    return first;
  }

  /** Writes the marker, or takes the one that is there when it is this machine's; a quarantine ends. */
  private async mark(host: RegisteredHost, wanted: HostMarker): Promise<HostMarker> {
    const transport = this.hosts.to(host);
    const { exitCode, stderr } = await askHost(transport, { script: WRITE_MARKER, stdin: markerText(wanted), timeoutMs: ASK_MS });
    if (exitCode === 0) return wanted;
    if (exitCode !== MARKER_IS_THERE) throw new Error(`Host ${host.id} could not be marked (exit code ${exitCode}): ${stderr.trim().slice(-500)}`);
    const there = await this.readMarker(transport);
    if (there?.machineId !== wanted.machineId || there.owner !== wanted.owner) {
      throw new MachineUnreachable(`Host ${host.id} carries the marker of machine ${there?.machineId ?? 'unknown'} of another cluster, not of ${wanted.machineId}.`);
    }
    if (there.quarantinedAt === undefined) return there;
    const { quarantinedAt: _, ...back } = there;
    await tellHost(transport, `Marking host ${host.id}`, { script: REPLACE_MARKER, stdin: markerText(back), timeoutMs: ASK_MS });
    return back;
  }

  private async setAside(transport: SshTransport, marker: HostMarker): Promise<void> {
    const text = markerText({ ...marker, quarantinedAt: this.clock.now().toISOString() });
    await tellHost(transport, `Setting ${marker.machineId} aside`, { script: REPLACE_MARKER, stdin: text, timeoutMs: ASK_MS });
  }

  private async readMarker(transport: SshTransport): Promise<HostMarker | undefined> {
    return parseMarker(await tellHost(transport, 'Reading the marker', { script: READ_MARKER, as: 'login', timeoutMs: ASK_MS }));
  }

  /** By the facts; else, after these were restored from a backup, by the markers. Throws MachineUnreachable. */
  private async find(machineId: string): Promise<{ host?: RegisteredHost; marker?: HostMarker }> {
    const owner = await this.options.registry.owner();
    const ofMachine = (marker: HostMarker | undefined): { marker?: HostMarker } => (marker?.machineId === machineId && marker.owner === owner ? { marker } : {});
    const host = await this.hostOf(machineId);
    if (host !== undefined) return { host, ...ofMachine(await reaching(machineId, () => this.readMarker(this.hosts.to(host)))) };
    for (const free of (await this.options.registry.list()).filter(({ assignment }) => assignment === undefined)) {
      const found = ofMachine(await this.readMarker(this.hosts.to(free)).catch(unlessUnreachable));
      if (found.marker !== undefined) return { host: free, ...found };
    }
    return {};
  }

  private async listingOf(host: RegisteredHost, owner: string): Promise<MachineListing | undefined> {
    const marker = await this.readMarker(this.hosts.to(host)).catch(unlessUnreachable);
    if (marker?.owner === owner) {
      const { machineId, clusterId, name, createdAt, quarantinedAt } = marker;
      return { machineId, clusterId, name, address: host.address, createdAt, ...(quarantinedAt === undefined ? { state: 'present' } : { state: 'quarantined', quarantinedAt }) };
    }
    if (host.assignment === undefined) return undefined;
    const { machineId, clusterId, name, assignedAt } = host.assignment;
    return { machineId, clusterId, name, address: host.address, createdAt: assignedAt, state: 'present' };
  }

  /** One object for each marker: it knows what it has prepared. */
  private machineOn(host: RegisteredHost, marker: HostMarker): DebianMachine {
    const text = markerText(marker);
    const known = this.machines.get(host.id);
    if (known?.marker === text) return known.machine;
    const machine = new DebianMachine(marker.machineId, host.address, new GuardedTransport(this.hosts.to(host), marker));
    this.machines.set(host.id, { marker: text, machine });
    return machine;
  }
}

const assertMachineId = (machineId: string): void => {
  if (!MACHINE_ID.test(machineId)) throw new Error(`${JSON.stringify(machineId)} is not the id of a machine.`);
};
