import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MachineRequest } from '@holdfast/domain';
import { reap, type ReaperOptions } from '@holdfast/infra/providers';
import { MACHINE_IMAGE } from '@holdfast/infra/providers/docker';
import type Docker from 'dockerode';
import { request } from '../contracts/machine.harness.js';
import { startDockerRelay, type DockerRelay } from '../support/docker-relay.js';
import { atDocker, NOTHING } from './docker-truth.js';
import { dockerHarness, startDoomed, type DockerHarness } from './machine.docker-harness.js';

const HOUR_MS = 3_600_000;
const REACH_MS = 120_000;

/** What Docker is asked when a machine is made, in this order. */
const STAGES = [
  ['its volume was made', /^POST \/volumes\/create/],
  ['its network was made', /^POST \/networks\/create/],
  ['its container was made', /^POST \/containers\/create/],
  ['its container was started', /^POST \/containers\/\w+\/start/],
  ['it was complete, and nobody was told', /^POST \/containers\/\w+\/rename/],
] as const;

describe('a worker that is killed in the middle of making a machine at Docker', () => {
  let harness: DockerHarness;
  let relay: DockerRelay;

  beforeAll(async () => {
    harness = await dockerHarness();
    relay = await startDockerRelay(harness.daemon.socketPath);
  }, 600_000);
  afterAll(async () => {
    relay?.close();
    await harness?.destroy();
  }, 120_000);

  /** In a cluster of its own, so that its network is made too. */
  const killedAt = async (stage: RegExp): Promise<MachineRequest> => {
    const { machineId, ...rest } = request();
    const wish = { ...rest, machineId, clusterId: `of-${machineId}` };
    await killWorker(`await provider.create(${JSON.stringify(wish)});`, stage);
    return wish;
  };
  /** Once Docker has done what it was asked for at this stage. */
  const killWorker = async (program: string, stage: RegExp): Promise<void> => {
    const reached = relay.withholdAnswer(stage);
    const worker = startDoomed(program, { installation: harness.installation, socketPath: relay.socketPath });
    const ended = new Promise((_, reject) => worker.once('exit', () => reject(new Error('It ended before.'))));
    const tooLate = delay(REACH_MS, undefined, { ref: false }).then(() => Promise.reject(new Error('It did not get there.')));
    try {
      await Promise.race([reached, ended, tooLate]);
    } finally {
      ended.catch(() => undefined);
      tooLate.catch(() => undefined);
      await worker.end();
    }
  };
  const remains = async (): ReturnType<typeof atDocker> => atDocker(harness.daemon.socketPath, harness.installation);
  const stateOf = async (machineId: string): Promise<string | undefined> => (await harness.provider.list()).find((machine) => machine.machineId === machineId)?.state;
  const look = (hoursLater: number, options: Partial<ReaperOptions> = {}): ReturnType<typeof reap> =>
    reap(harness.provider, { knownMachineIds: async () => new Set(), mayRemove: async () => true, clock: { now: () => new Date(Date.now() + hoursLater * HOUR_MS) }, ...options });

  it.each(STAGES)('when %s: the machine is listed, set aside when no fact knows it, and gone without a trace after the grace time', async (_, stage) => {
    const { machineId } = await killedAt(stage);
    expect(await stateOf(machineId)).toBe('present');
    // Young ones may be in creation, known ones are wanted.
    await look(0);
    await look(1, { knownMachineIds: async () => new Set([machineId]) });
    expect(await stateOf(machineId)).toBe('present');
    await look(1);
    expect(await stateOf(machineId)).toBe('quarantined');
    await look(71);
    expect(await stateOf(machineId)).toBe('quarantined');
    await look(200, { mayRemove: async () => false });
    expect(await stateOf(machineId)).toBe('quarantined');
    await look(200);
    expect(await remains()).toEqual(NOTHING);
  }, 400_000);

  it.each(STAGES)('when %s: the next worker completes it, or takes it away whole', async (_, stage) => {
    const wish = await killedAt(stage);
    const machine = await harness.provider.create(wish);
    expect((await machine.run({ argv: ['whoami'], timeoutMs: 20_000 })).stdout).toBe('holdfast\n');
    await harness.provider.destroy(wish.machineId);
    expect(await remains()).toEqual(NOTHING);
    const { machineId } = await killedAt(stage);
    await harness.provider.destroy(machineId);
    expect(await remains()).toEqual(NOTHING);
  }, 400_000);

  it('in the middle of taking one away: the next takes the rest away', async () => {
    for (const stage of [/^DELETE \/containers/, /^DELETE \/networks/, /^DELETE \/volumes/]) {
      const { machineId, ...rest } = request();
      const wish = { ...rest, machineId, clusterId: `of-${machineId}` };
      await harness.provider.create(wish);
      await killWorker(`await provider.destroy(${JSON.stringify(machineId)});`, stage);
      await harness.provider.destroy(machineId);
      expect(await remains()).toEqual(NOTHING);
    }
  }, 400_000);

  it("uses and touches nothing that has its names and not its labels: that is somebody else's", async () => {
    const wish = { ...request(), clusterId: 'squatted' };
    const names = { volume: `holdfast.${harness.installation}.${wish.machineId}`, network: `holdfast.${harness.installation}.squatted`, container: `holdfast-new.${harness.installation}.${wish.machineId}` };
    const theirs: { remove(options?: object): Promise<unknown> }[] = [];
    const refused = async (what: string): Promise<void> => expect(harness.provider.create(wish)).rejects.toThrow(`${what} that this Holdfast did not make`);
    await harness.docker.createVolume({ Name: names.volume });
    await refused(`volume ${names.volume}`);
    await look(1000);
    await harness.provider.destroy(wish.machineId);
    await harness.docker.getVolume(names.volume).inspect();
    await harness.docker.getVolume(names.volume).remove();

    theirs.push(await harness.docker.createNetwork({ Name: names.network }));
    await refused(`network ${names.network}`);
    await look(1000);
    await harness.provider.destroy(wish.machineId);
    expect((await harness.docker.getNetwork(names.network).inspect()).Name).toBe(names.network);
    await theirs.pop()?.remove();

    const container: Docker.Container = await harness.docker.createContainer({ Image: MACHINE_IMAGE, name: names.container, Cmd: ['sleep', '1000'] });
    await container.start();
    await refused(`container ${names.container}`);
    await look(1000);
    await harness.provider.destroy(wish.machineId);
    expect((await container.inspect()).State.Running).toBe(true);
    await container.remove({ force: true });
    expect(await remains()).toEqual(NOTHING);
  }, 400_000);
});
