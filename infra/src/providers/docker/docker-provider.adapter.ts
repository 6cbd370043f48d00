import { MachineGone, MachineUnreachable, type Clock, type Machine, type MachineListing, type MachineRequest, type Provider } from '@holdfast/domain';
import type Docker from 'dockerode';
import { DebianMachine } from '../debian/debian-machine.js';
import { exclusively } from '../debian/exclusively.js';
import { PackageOffers } from '../debian/package-offers.js';
import { ASK_APT, offeredPackages } from '../debian/offered-packages.js';
import { packagedSoftware } from '../debian/software-table.js';
import { ContainerMaker } from './container-maker.js';
import { askDocker, connectDocker, unlessStatus } from './docker-api.js';
import { containerName, LABEL, listingFrom, requireMachineId, volumeName, type MachineState } from './docker-names.js';
import { DockerTransport } from './docker-transport.js';
import { runErrand } from './errand.js';
import { requireImage } from './machine-image.js';
import { startMachines, stopMachines } from './power.js';
import { OwnContainers, type Found } from './own-containers.js';

export interface DockerProviderOptions {
  /** Tells this Holdfast's machines from those of another one at the same Docker: lower-case letters and digits. */
  readonly installation: string;
  /** Docker's socket; default as DOCKER_HOST says. */
  readonly socketPath?: string;
  readonly clock?: Clock;
}

/** A machine's creation takes seconds, a stop up to REBOOT_STOP_SECONDS. */
const LOCK_WAIT_MS = 180_000;
const BOOT_MS = 60_000;
/** Nothing is said while it cannot be asked yet; `degraded` is up, too. */
const UNTIL_UP = 'until state=$(systemctl is-system-running --wait 2> /dev/null); echo "$state"; [ "$state" = running ] || [ "$state" = degraded ]; do sleep 0.05; done';
/** As a computer that shuts down: systemd's DefaultTimeoutStopSec. */
const REBOOT_STOP_SECONDS = 90;

/** Of a container that only marks a volume. */
const NO_ADDRESS = '';

/**
 * Machines that are containers of the Docker on this computer, each a twin of a virtual machine. Linux only, since machines are
 * reached at their containers' addresses. Throws DockerUnavailable where Docker does not answer, and ImageMissing.
 */
export class DockerProvider implements Provider {
  readonly name = 'docker';
  private readonly docker: Docker;
  private readonly own: OwnContainers;
  private readonly maker: ContainerMaker;
  private readonly clock: Clock;
  /** What is known of a machine's preparation and programs is kept as long as its container is the same. */
  private readonly machines = new Map<string, DebianMachine>();

  /** By the image's id: one that is built with other package sources takes over its name. */
  private readonly offers = new Map<string, PackageOffers>();

  constructor(private readonly options: DockerProviderOptions) {
    if (!/^[a-z0-9]+$/.test(options.installation)) throw new Error(`${JSON.stringify(options.installation)} cannot tell installations apart: lower-case letters and digits.`);
    this.docker = connectDocker(options.socketPath);
    this.own = new OwnContainers(this.docker, options.installation);
    this.clock = options.clock ?? { now: () => new Date() };
    this.maker = new ContainerMaker(this.docker, this.own, options.installation, this.clock);
  }

  /** One that is in quarantine under this id comes back with its data, its services stopped. */
  async create(request: MachineRequest): Promise<Machine> {
    return this.alone(request.machineId, async () => {
      const image = await requireImage(this.docker);
      let found = await this.own.find(request.machineId);
      if (found?.state.kind === 'quarantined') found = await this.bringBack(found, image.name);
      if (found?.state.kind === 'complete' && found.isRunning) return this.machineOf(found);
      const started = await this.maker.start(found, request, image);
      const machine = this.machineOf(started);
      await this.waitUntilUp(started.id, request.machineId);
      await machine.prepare();
      if (started.state.kind !== 'complete') await this.rename(started, { kind: 'complete' });
      return machine;
    });
  }

  async get(machineId: string): Promise<Machine> {
    return this.machineOf(await this.require(machineId));
  }

  async destroy(machineId: string): Promise<void> {
    await this.alone(machineId, async () => {
      const found = await this.own.find(machineId);
      const volume = await this.own.volumeOf(machineId);
      if (found) await unlessStatus([404], () => this.docker.getContainer(found.id).remove({ force: true, v: true }));
      if (found) this.machines.delete(found.id);
      await this.maker.removeUnusedNetworks(volume?.Name);
      // Last: by it the rest is found again when this is killed.
      if (volume) await unlessStatus([404], () => this.docker.getVolume(volume.Name).remove());
    });
  }

  async reboot(machineId: string): Promise<void> {
    await this.alone(machineId, async () => {
      const { id } = await this.require(machineId);
      await askDocker(() => this.docker.getContainer(id).restart({ t: REBOOT_STOP_SECONDS }));
      await this.waitUntilUp(id, machineId);
    });
  }

  readonly startAll = (): Promise<void> => startMachines(this.docker, this.own);
  readonly stopAll = (): Promise<void> => stopMachines(this.docker, this.own);

  async list(): Promise<MachineListing[]> {
    const containers = await this.own.containers();
    const withContainer = new Set(containers.map(({ labels }) => labels[LABEL.machine]));
    const volumes = (await this.own.volumes()).filter(({ Labels: labels }) => !withContainer.has(labels[LABEL.machine]));
    return [
      ...containers.map(({ labels, createdAt, state }) => listingFrom(labels, createdAt, state)),
      ...volumes.map((volume) => listingFrom(volume.Labels, new Date((volume as { CreatedAt?: string }).CreatedAt ?? 0), { kind: 'new' })),
    ];
  }

  async quarantine(machineId: string): Promise<void> {
    await this.alone(machineId, async () => {
      const found = (await this.own.find(machineId)) ?? (await this.markVolume(machineId));
      if (!found) return;
      // Marked first: what is marked and runs is stopped by the next call, what is stopped and not marked would be forgotten.
      if (found.state.kind !== 'quarantined') await this.rename(found, { kind: 'quarantined', since: this.clock.now() });
      // One that was never completed has nothing to end in good order, and takes no notice of being asked at the very start of its boot.
      const patience = found.state.kind === 'new' ? 0 : REBOOT_STOP_SECONDS;
      await unlessStatus([304], () => this.docker.getContainer(found.id).stop({ t: patience }));
    });
  }

  /** What the package sources of its image have. */
  async softwareVersions(software: string): Promise<string[]> {
    const entry = packagedSoftware(software);
    if (!entry) return [];
    const image = await requireImage(this.docker);
    const policy = await this.offersOf(image.id).read(() => runErrand(this.docker, this.options.installation, { image: image.id, argv: ['sh', '-c', ASK_APT] }));
    return offeredPackages(entry, policy).map(({ version }) => version);
  }

  /** A volume cannot be marked, so one without a machine gets a container that is never started. */
  private async markVolume(machineId: string): Promise<Found | undefined> {
    const volume = await this.own.volumeOf(machineId);
    if (!volume) return undefined;
    const { installation } = this.options;
    const state = { kind: 'quarantined', since: this.clock.now() } as const;
    const labels = { ...volume.Labels, [LABEL.address]: NO_ADDRESS };
    const { id } = await askDocker(async () => this.docker.createContainer({ name: containerName(installation, machineId, state), Image: (await requireImage(this.docker)).name, Labels: labels, HostConfig: { NetworkMode: 'none' } }));
    return { id, labels, image: '', state, isRunning: false, createdAt: state.since };
  }

  /** Its services must not start by themselves: what was in quarantine is started by those who know what it is for. */
  private async bringBack(found: Found, image: string): Promise<Found | undefined> {
    const machineId = found.labels[LABEL.machine] ?? '';
    const volume = volumeName(this.options.installation, machineId);
    await runErrand(this.docker, this.options.installation, { image, argv: ['sh', '-c', 'rm -rf /volume/wanted/*'], volume });
    if (found.labels[LABEL.address] === NO_ADDRESS) {
      await unlessStatus([404], () => this.docker.getContainer(found.id).remove());
      return undefined;
    }
    await this.rename(found, { kind: 'new' });
    return { ...found, state: { kind: 'new' } };
  }

  /** Asked by one program for all the time: a program started in a container costs more than the question. */
  private async waitUntilUp(id: string, machineId: string): Promise<void> {
    const transport = new DockerTransport(this.docker, machineId, id);
    let said = '';
    const onOutput = (stream: string, piece: Uint8Array): void => void (stream === 'stdout' && (said += Buffer.from(piece).toString()));
    const argv: [string, ...string[]] = ['timeout', String(BOOT_MS / 1000), 'sh', '-c', UNTIL_UP];
    const code = await transport.exec({ argv, stdin: nothing(), onOutput, signal: AbortSignal.timeout(2 * BOOT_MS) });
    if (code !== 0) throw new MachineUnreachable(`Machine ${machineId} was not up in ${BOOT_MS} ms: systemd says ${said.trim().split('\n').at(-1) || 'nothing'}.`);
  }

  private async rename({ id, labels }: Found, state: MachineState): Promise<void> {
    await askDocker(() => this.docker.getContainer(id).rename({ name: containerName(this.options.installation, labels[LABEL.machine] ?? '', state) }));
  }

  private machineOf({ id, labels, image }: Found): DebianMachine {
    const known = this.machines.get(id);
    if (known) return known;
    const machineId = labels[LABEL.machine] ?? '';
    const machine = new DebianMachine(machineId, labels[LABEL.address] ?? '', new DockerTransport(this.docker, machineId, id), this.offersOf(image));
    this.machines.set(id, machine);
    return machine;
  }

  private offersOf(image: string): PackageOffers {
    const offers = this.offers.get(image) ?? new PackageOffers();
    this.offers.set(image, offers);
    return offers;
  }

  private async require(machineId: string): Promise<Found> {
    const found = await this.own.find(machineId);
    if (!found) throw new MachineGone(`Machine ${machineId} does not exist: Docker has no container of it.`);
    if (found.state.kind !== 'complete') throw new MachineUnreachable(`Machine ${machineId} ${found.state.kind === 'new' ? 'was not completed' : 'is in quarantine'}.`);
    if (!found.isRunning) throw new MachineUnreachable(`Machine ${machineId} does not run. Start it: docker start ${containerName(this.options.installation, machineId, found.state)}`);
    return found;
  }

  private async alone<T>(machineId: string, work: () => Promise<T>): Promise<T> {
    requireMachineId(machineId);
    return exclusively(`machine ${machineId} of ${this.options.installation} at Docker`, LOCK_WAIT_MS, work);
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
