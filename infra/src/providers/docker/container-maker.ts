import { cpus } from 'node:os';
import { MachineUnreachable, type Clock, type MachineRequest } from '@holdfast/domain';
import type Docker from 'dockerode';
import { exclusively } from '../debian/exclusively.js';
import { ensureNetwork, freeAddress, removeNetwork } from './cluster-network.js';
import { askDocker, statusOf, unlessStatus } from './docker-api.js';
import { LABEL, NotOurs, requireOurs, volumeName } from './docker-names.js';
import { machineContainer } from './machine-container.js';
import type { ImageFacts } from './machine-image.js';
import type { Found, OwnContainers } from './own-containers.js';

/** What a container is made from, by the name that people know, and the image that has the name now. */
type MachineImageName = Pick<ImageFacts & { readonly name: string }, 'id' | 'name'>;

/** Others may be making machines, each for a second or two. */
const LOCK_WAIT_MS = 180_000;
const ADDRESS_TRIES = 20;

/**
 * Makes what a machine consists of at Docker, in this order: its volume, by whose labels all the rest is found again when this is
 * killed, the network of its cluster, and its container.
 */
export class ContainerMaker {
  constructor(
    private readonly docker: Docker,
    private readonly own: OwnContainers,
    private readonly installation: string,
    private readonly clock: Clock,
  ) {}

  /** Starts the machine's container, made where there is none. Several machines' are started at the same time, and made one after the other. */
  async start(found: Found | undefined, request: MachineRequest, image: MachineImageName): Promise<Found> {
    if (found) await this.alone(() => ensureNetwork(this.docker, this.installation, request.clusterId));
    const refused = new Set<string>();
    let candidate = found;
    for (let attempt = 0; attempt < ADDRESS_TRIES; attempt++) {
      candidate ??= await this.alone(() => this.make(request, image, refused));
      if (await this.startContainer(candidate)) return candidate;
      // Somebody who is not ours has the address. A container that never ran has nothing to lose.
      if (candidate.state.kind === 'complete') throw new MachineUnreachable(`The address ${candidate.labels[LABEL.address]} of machine ${request.machineId} was given to another container.`);
      const { id, labels } = candidate;
      refused.add(labels[LABEL.address] ?? '');
      await unlessStatus([404], () => this.docker.getContainer(id).remove({ force: true }));
      candidate = undefined;
    }
    throw new Error(`Docker refused the addresses ${[...refused].join(', ')} for machine ${request.machineId}.`);
  }

  /** Networks of clusters that have nothing else here. @param volumeLeft does not count: it is removed next */
  async removeUnusedNetworks(volumeLeft?: string): Promise<void> {
    await this.alone(async () => {
      const [networks, containers, volumes] = await Promise.all([this.own.networks(), this.own.containers(), this.own.volumes()]);
      const parts = [...containers.map(({ labels }) => labels), ...volumes.filter(({ Name }) => Name !== volumeLeft).map(({ Labels: labels }) => labels)];
      const used = new Set(parts.map((labels) => labels[LABEL.cluster]));
      for (const { Id, Labels: labels } of networks) if (!used.has(labels?.[LABEL.cluster])) await removeNetwork(this.docker, Id);
    });
  }

  private async make(request: MachineRequest, image: MachineImageName, refused: ReadonlySet<string>): Promise<Found> {
    await this.ensureVolume(request);
    return this.createContainer(request, image, await ensureNetwork(this.docker, this.installation, request.clusterId), refused);
  }

  private async ensureVolume(request: MachineRequest): Promise<void> {
    const name = volumeName(this.installation, request.machineId);
    await askDocker(() => this.docker.createVolume({ Name: name, Labels: this.labelsOf(request) }));
    // Docker makes no other where one has the name already, whosever it is.
    const { Labels: labels } = await askDocker(() => this.docker.getVolume(name).inspect());
    requireOurs(`volume ${name}`, this.installation, labels);
  }

  /** False when its address is taken. */
  private async startContainer({ id }: Found): Promise<boolean> {
    try {
      await unlessStatus([304], () => this.docker.getContainer(id).start());
      return true;
    } catch (problem) {
      if (statusOf(problem) !== undefined && /address already in use/i.test((problem as Error).message)) return false;
      throw problem;
    }
  }

  private async createContainer(request: MachineRequest, image: MachineImageName, network: { name: string; prefix: string }, refused: ReadonlySet<string>): Promise<Found> {
    const taken = new Set([...(await this.own.containers()).map(({ labels }) => labels[LABEL.address] ?? ''), ...refused]);
    const address = freeAddress(network.prefix, taken);
    const labels = { ...this.labelsOf(request), [LABEL.address]: address };
    const container = machineContainer({ image: image.name, installation: this.installation, request, labels, network: network.name, address, cpuCountMax: cpus().length });
    try {
      const { id } = await askDocker(() => this.docker.createContainer(container));
      return { id, labels, image: image.id, state: { kind: 'new' }, isRunning: false, createdAt: this.clock.now() };
    } catch (problem) {
      // Ours would have been found by its labels.
      if (statusOf(problem) === 409) throw new NotOurs(`container ${container.name}`, { cause: problem });
      throw problem;
    }
  }

  private labelsOf({ machineId, clusterId, name }: MachineRequest): Record<string, string> {
    return { [LABEL.installation]: this.installation, [LABEL.machine]: machineId, [LABEL.cluster]: clusterId, [LABEL.name]: name };
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    return exclusively(`addresses of ${this.installation} at Docker`, LOCK_WAIT_MS, work);
  }
}
