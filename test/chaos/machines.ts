import { buildMachineImage } from '@holdfast/infra/providers/docker';
import { testDocker } from '../support/docker-daemon.js';
import { toolsDirectory } from '../support/event-store-server.js';
import type { TestStack } from '../support/test-stack.js';
import { ownServers } from './own-servers.js';
import type { MachineKind } from './scenes.js';

/** What must be there before machines can be had, and what is to be seen there past the installation. */
export interface MachineGround {
  /** For every part of the installation. */
  readonly env: Readonly<Record<string, string>>;
  /** Lets the installation have at least so many machines more. */
  provide(stack: TestStack, count: number): Promise<void>;
  /** What is not as it should be on what outlives its machines; none where nothing does. */
  remains(stack: TestStack): Promise<readonly string[]>;
  /** Commands of ours that run there now, services not among them: each as a line that is never another's. */
  commands(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Machines that begin with their cluster and end with it: who lists them sees all. */
const begun = (env: MachineGround['env'], stop: MachineGround['stop']): MachineGround => ({
  env,
  provide: async () => undefined,
  remains: async () => [],
  commands: async () => [],
  stop,
});

const GROUNDS: Readonly<Record<MachineKind, () => Promise<MachineGround>>> = {
  local: async () => begun({}, async () => undefined),
  docker: async () => {
    const daemon = await testDocker();
    await buildMachineImage({ tools: toolsDirectory(), socketPath: daemon.socketPath, report: () => undefined });
    return begun({ DOCKER_HOST: `unix://${daemon.socketPath}` }, () => daemon.stop());
  },
  ssh: ownServers,
};

export class Grounds {
  private constructor(private readonly grounds: ReadonlyMap<MachineKind, MachineGround>) {}

  /** Makes what machines of these kinds need. */
  static async prepare(kinds: ReadonlySet<MachineKind>): Promise<Grounds> {
    const grounds = new Map<MachineKind, MachineGround>();
    for (const kind of kinds) grounds.set(kind, await GROUNDS[kind]());
    return new Grounds(grounds);
  }

  get env(): Readonly<Record<string, string>> {
    return Object.assign({}, ...[...this.grounds.values()].map(({ env }) => env)) as Record<string, string>;
  }

  of(kind: MachineKind): MachineGround {
    const ground = this.grounds.get(kind);
    if (ground === undefined) throw new Error(`Nothing was prepared for machines of ${kind}.`);
    return ground;
  }

  async stop(): Promise<void> {
    for (const ground of [...this.grounds.values()].reverse()) await ground.stop();
  }
}
