import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MachineUnreachable, PortTaken, type Clock, type Machine, type MachineListing, type MachineRequest, type Provider } from '@holdfast/domain';
import { listSoftware } from '../../toolchain/software.js';
import { isCommandMarker, killHolders, makeCommandsFolder } from './command-markers.js';
import { exclusively } from '../debian/exclusively.js';
import { LocalMachine } from './local-machine.js';
import { LocalServices } from './local-services.js';
import { candidateAddresses, DEFAULT_ADDRESS_RANGE, type AddressRange } from './loopback-addresses.js';
import { listingOf, machineIdsIn, markQuarantined, QUARANTINE_MARK_FILE, readLabels, writeLabels } from './machine-directory.js';
import { COMMANDS_FOLDER, firstClosedFolder, placeOf, SERVICES_FOLDER, type MachinePlace, type UserIds } from './machine-place.js';
import { findPortHolder } from './port-probe.js';

export interface LocalProviderOptions {
  /** Where the machines lie; the unprivileged user must be able to enter every folder on the way. */
  readonly rootDirectory: string;
  /** Programs installed by `up`. */
  readonly toolsDirectory: string;
  /** Whom machines' programs run as; needed when we are root. */
  readonly runAs?: UserIds;
  readonly addressRange?: AddressRange;
  readonly clock?: Clock;
}

/** Giving an address takes milliseconds. */
const ALLOCATION_WAIT_MS = 60_000;
/** Who destroys a machine does not want its data: good order only to let servers give back what is not a file of theirs. */
const DESTROY_STOP_MS = 5_000;
/** As a computer that shuts down: systemd's DefaultTimeoutStopSec. */
const REBOOT_STOP_MS = 90_000;
const MACHINE_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** Machines that are directories and processes of this computer, each with a loopback address of its own. Linux only. */
export class LocalProvider implements Provider {
  readonly name = 'local';
  private readonly machines: string;
  private readonly quarantined: string;
  private readonly clock: Clock;

  constructor(private readonly options: LocalProviderOptions) {
    const root = resolve(options.rootDirectory);
    this.machines = join(root, 'machines');
    this.quarantined = join(root, 'quarantine');
    this.clock = options.clock ?? { now: () => new Date() };
  }

  /** One that is in quarantine under this id comes back with its data, its services stopped. Throws PortTaken. */
  async create(request: MachineRequest): Promise<Machine> {
    const place = this.placeIn(this.machines, request.machineId);
    await exclusively(`addresses of ${this.machines}`, ALLOCATION_WAIT_MS, async () => {
      await this.bringBack(place);
      this.makeFolders(place);
      if (readLabels(place.directory)) return;
      const { machineId, clusterId, name, ports } = request;
      const address = await this.chooseAddress(ports);
      await writeLabels(place.directory, { machineId, clusterId, name, address, ports, createdAt: this.clock.now().toISOString() });
    });
    return this.get(request.machineId);
  }

  async get(machineId: string): Promise<Machine> {
    const place = this.placeIn(this.machines, machineId);
    const labels = readLabels(place.directory);
    if (!labels) throw new MachineUnreachable(`Machine ${machineId} does not exist.`);
    return new LocalMachine(place, labels.address, this.options.toolsDirectory);
  }

  async destroy(machineId: string): Promise<void> {
    for (const folder of [this.machines, this.quarantined]) {
      const place = this.placeIn(folder, machineId);
      if (!existsSync(place.directory)) continue;
      await this.endProcesses(place, DESTROY_STOP_MS, () => removeDirectory(place));
      // A command may have been begun while its directory was being removed.
      await killHolders(isCommandMarker(place));
      await removeDirectory(place);
    }
  }

  async reboot(machineId: string): Promise<void> {
    await this.get(machineId);
    const place = this.placeIn(this.machines, machineId);
    await this.endProcesses(place, REBOOT_STOP_MS);
    await new LocalServices(place).startEnabled();
  }

  async list(): Promise<MachineListing[]> {
    const inFolder = (folder: string, state: MachineListing['state']): (MachineListing | undefined)[] => machineIdsIn(folder).map((id) => listingOf(folder, id, state));
    return [...inFolder(this.machines, 'present'), ...inFolder(this.quarantined, 'quarantined')].filter((listing) => listing !== undefined);
  }

  async quarantine(machineId: string): Promise<void> {
    const place = this.placeIn(this.machines, machineId);
    if (!existsSync(place.directory)) return;
    await this.endProcesses(place, REBOOT_STOP_MS, async () => {
      await markQuarantined(place.directory, this.clock.now());
      mkdirSync(this.quarantined, { recursive: true, mode: 0o755 });
      await rename(place.directory, join(this.quarantined, machineId));
    });
  }

  async softwareVersions(software: string): Promise<string[]> {
    return (await listSoftware(software, this.options.toolsDirectory)).map(({ version }) => version);
  }

  /**
   * Starts what is to run and does not, on all machines: after the computer was started. One that fails does not keep the others
   * from being started; throws AggregateError at the end.
   */
  async startAll(): Promise<void> {
    const complete = machineIdsIn(this.machines).map((machineId) => this.placeIn(this.machines, machineId)).filter((place) => readLabels(place.directory));
    const started = await Promise.allSettled(complete.map((place) => new LocalServices(place).startEnabled()));
    const problems = started.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []));
    if (problems.length > 0) throw new AggregateError(problems, `Services of ${problems.length} of ${complete.length} machines did not start.`);
  }

  /** Ends what runs on all machines, as a shutdown of the computer would: `startAll` starts it again. */
  async stopAll(): Promise<void> {
    await Promise.all(machineIdsIn(this.machines).map((machineId) => this.endProcesses(this.placeIn(this.machines, machineId), REBOOT_STOP_MS)));
  }

  private async bringBack(place: MachinePlace): Promise<void> {
    const away = join(this.quarantined, place.machineId);
    if (existsSync(place.directory) || !existsSync(away)) return;
    mkdirSync(this.machines, { recursive: true, mode: 0o755 });
    await rename(away, place.directory);
    await rm(join(place.directory, QUARANTINE_MARK_FILE), { force: true });
  }

  private makeFolders(place: MachinePlace): void {
    for (const folder of [this.options.rootDirectory, this.machines, place.directory, join(place.directory, SERVICES_FOLDER)]) {
      if (mkdirSync(folder, { recursive: true, mode: 0o755 }) !== undefined) chmodSync(folder, 0o755);
    }
    makeCommandsFolder(place);
    mkdirSync(place.dataDirectory, { recursive: true, mode: 0o700 });
    if (!this.options.runAs) return;
    const closed = firstClosedFolder(place.directory);
    if (closed !== undefined) throw new Error(`Servers run as an unprivileged user, who cannot enter ${closed}. Open it (chmod o+x), or put the machines elsewhere.`);
    chownSync(place.dataDirectory, this.options.runAs.uid, this.options.runAs.gid);
  }

  /** The first address that no other machine has, and where nobody listens on the ports. */
  private async chooseAddress(ports: readonly number[]): Promise<string> {
    const given = new Set((await this.list()).map(({ address }) => address));
    for (const address of candidateAddresses(resolve(this.options.rootDirectory), this.options.addressRange ?? DEFAULT_ADDRESS_RANGE)) {
      if (!given.has(address) && (await allFree(address, ports))) return address;
    }
    throw new Error('No loopback address is left for another machine.');
  }

  /** Services, what they left behind, and commands. */
  private async endProcesses(place: MachinePlace, timeoutMs: number, afterwards: () => Promise<void> = async () => undefined): Promise<void> {
    const isOfCommand = isCommandMarker(place);
    const services = `${join(place.directory, SERVICES_FOLDER)}/`;
    await new LocalServices(place).endAll(timeoutMs, async () => {
      await killHolders((path, pid) => isOfCommand(path, pid) || (path.startsWith(services) && path.endsWith('.lock')));
      await afterwards();
    });
  }

  private placeIn(folder: string, machineId: string): MachinePlace {
    if (!MACHINE_ID.test(machineId)) throw new Error(`${JSON.stringify(machineId)} is not the id of a machine.`);
    return placeOf(join(folder, machineId), machineId, this.options.runAs);
  }
}

/** The labels go last: what is left of a removal that was killed can still be told whose it was. */
const removeDirectory = async ({ directory }: MachinePlace): Promise<void> => {
  const options = { recursive: true, force: true, maxRetries: 3 };
  for (const part of [SERVICES_FOLDER, COMMANDS_FOLDER, 'data']) await rm(join(directory, part), options);
  await rm(directory, options);
};

/** Throws PortTaken when somebody has one of the ports on every address: then no other address would do. */
const allFree = async (address: string, ports: readonly number[]): Promise<boolean> => {
  for (const port of ports) {
    const found = await findPortHolder(address, port);
    if (found?.everywhere) throw new PortTaken(address, port, found.holder);
    if (found) return false;
  }
  return true;
};
