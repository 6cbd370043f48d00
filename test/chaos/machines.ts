import { buildMachineImage } from '@holdfast/infra/providers/docker';
import { testDocker } from '../support/docker-daemon.js';
import { toolsDirectory } from '../support/event-store-server.js';
import type { MachineKind } from './scenes.js';

/** What must be there before machines can be had. */
export interface MachineGround {
  /** For every part of the installation. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const GROUNDS: Readonly<Record<MachineKind, () => Promise<MachineGround>>> = {
  local: async () => ({ env: {}, stop: async () => undefined }),
  docker: async () => {
    const daemon = await testDocker();
    await buildMachineImage({ tools: toolsDirectory(), socketPath: daemon.socketPath, report: () => undefined });
    return { env: { DOCKER_HOST: `unix://${daemon.socketPath}` }, stop: () => daemon.stop() };
  },
};

/** Makes what machines of these kinds need. */
export const prepareMachines = async (kinds: ReadonlySet<MachineKind>): Promise<MachineGround> => {
  const grounds: MachineGround[] = [];
  for (const kind of kinds) grounds.push(await GROUNDS[kind]());
  return {
    env: Object.assign({}, ...grounds.map(({ env }) => env)) as Record<string, string>,
    stop: async () => {
      for (const ground of grounds.reverse()) await ground.stop();
    },
  };
};
