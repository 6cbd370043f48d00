import type Docker from 'dockerode';
import { askDocker } from './docker-api.js';
import { LABEL, requireMachineId, stateOf, type Labels, type MachineState } from './docker-names.js';

/** A machine's container, as Docker lists it. */
export interface Found {
  readonly id: string;
  readonly labels: Labels;
  /** The id of the image that it was made from. */
  readonly image: string;
  readonly state: MachineState;
  readonly isRunning: boolean;
  readonly createdAt: Date;
}

/** What carries the labels of this installation; nothing else is ever looked at. */
export class OwnContainers {
  constructor(
    private readonly docker: Docker,
    private readonly installation: string,
  ) {}

  async find(machineId: string): Promise<Found | undefined> {
    requireMachineId(machineId);
    return (await this.containers([`${LABEL.machine}=${machineId}`]))[0];
  }

  async containers(labels: readonly string[] = [LABEL.machine]): Promise<Found[]> {
    const filters = { label: [`${LABEL.installation}=${this.installation}`, ...labels] };
    const listed = await askDocker(() => this.docker.listContainers({ all: true, filters }));
    return listed.map(({ Id, ImageID, Labels: own, Names, State, Created }) => ({ id: Id, labels: own, image: ImageID, state: stateOf(Names[0] ?? ''), isRunning: State === 'running', createdAt: new Date(Created * 1000) }));
  }

  async volumes(labels: readonly string[] = [LABEL.machine]): Promise<Docker.VolumeInspectInfo[]> {
    const filters = { label: [`${LABEL.installation}=${this.installation}`, ...labels] };
    return (await askDocker(() => this.docker.listVolumes({ filters }))).Volumes ?? [];
  }

  async networks(): Promise<Docker.NetworkInspectInfo[]> {
    return askDocker(() => this.docker.listNetworks({ filters: { label: [`${LABEL.installation}=${this.installation}`, LABEL.cluster] } }));
  }

  async volumeOf(machineId: string): Promise<Docker.VolumeInspectInfo | undefined> {
    return (await this.volumes([`${LABEL.machine}=${machineId}`]))[0];
  }
}
