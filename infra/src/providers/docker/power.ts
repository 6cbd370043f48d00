import type Docker from 'dockerode';
import { unlessStatus } from './docker-api.js';
import type { OwnContainers } from './own-containers.js';

/** As a computer that shuts down: systemd's DefaultTimeoutStopSec. */
const STOP_SECONDS = 90;

/** Stops the machines as a shutdown would; they stay stopped until `startMachines`, also when Docker is restarted. */
export const stopMachines = async (docker: Docker, own: OwnContainers): Promise<void> => {
  const running = (await own.containers()).filter((found) => found.isRunning);
  await Promise.all(running.map(({ id }) => unlessStatus([304, 404], () => docker.getContainer(id).stop({ t: STOP_SECONDS }))));
};

/** Starts the machines that were stopped; what is in quarantine or half-made stays as it is. */
export const startMachines = async (docker: Docker, own: OwnContainers): Promise<void> => {
  const stopped = (await own.containers()).filter((found) => !found.isRunning && found.state.kind === 'complete');
  await Promise.all(stopped.map(({ id }) => unlessStatus([304, 404], () => docker.getContainer(id).start())));
};
